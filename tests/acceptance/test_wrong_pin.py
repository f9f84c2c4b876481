"""A wrong PIN costs one try and no more; the last try is never spent; a locked token is explained.

The fault module stands in front of SoftHSM2, counts the tries as a hardware token does and writes down every sign-in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from portal.domain.update_state import UpdateStatus
from tests.acceptance.conftest import NewInstallation
from tests.acceptance.installation import LONG, PIN, Installation, Variation, eventually, parts_module
from tests.acceptance.visitor import Visitor
from tests.support.faults import SOURCE, FaultModule
from tests.support.native import Compiler
from tests.support.processes import temporary_folder

pytestmark = pytest.mark.e2e

WRONG = "87654321"
ANOTHER = "11223344"
SAFE = "Сертификаты, которые работали раньше, на месте."


@dataclass(frozen=True, slots=True)
class Bench:
    """An installation whose tokens count."""

    installation: Installation
    faults: FaultModule

    def sign_ins(self) -> int:
        """How often a PIN was sent to the token so far."""
        return len(self.faults.calls("C_Login"))


@pytest.fixture(scope="module")
def bench(new_installation: NewInstallation, compiler: Compiler) -> Iterator[Bench]:
    faults = FaultModule(compiler.module(SOURCE, "p11-kit-1"), temporary_folder("kly-faults-"))
    faults.wrong_pins(0)
    faults.rules()
    env = {"P11FAULT_TARGET": str(parts_module()), **faults.env}
    with new_installation(Variation(modules=(faults.module,), env=env)) as installation:
        yield Bench(installation, faults)


@pytest.fixture
def visitor(bench: Bench) -> Visitor:
    bench.faults.wrong_pins(0)
    bench.faults.forget_calls()
    return bench.installation.visitor()


def test_a_wrong_pin_costs_one_try_and_is_never_sent_again(bench: Bench, visitor: Visitor) -> None:
    device, _ = bench.installation.device("Смирнова")
    update, _ = visitor.order(device, WRONG)
    page = refused(bench.installation, visitor, update, "PIN-код не подошёл")
    assert "Потрачена одна попытка; этот PIN-код больше не отправится на этот токен." in page
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (1, 1)
    again = visitor.enter_pin(update, WRONG)
    assert (again.status, "уже отклонил" in again.text) == (422, True)
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (1, 1)
    visitor.enter_pin(update, PIN)
    bench.installation.wait_for(update, UpdateStatus.COMPLETED)
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (2, 0)


def test_a_refused_pin_is_not_sent_by_a_new_update_either(bench: Bench, visitor: Visitor) -> None:
    device, _ = bench.installation.device("Орлова")
    update, _ = visitor.order(device, WRONG)
    refused(bench.installation, visitor, update, "PIN-код не подошёл")
    cancel(bench.installation, visitor, update)
    page = visitor.submit(visitor.pin_page(device).form(f"/devices/{device}/updates"), pin=WRONG)
    assert (page.status, "уже отклонил" in page.text) == (422, True)
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (1, 1)


def test_the_last_try_is_left_to_the_person(bench: Bench, visitor: Visitor) -> None:
    device, _ = bench.installation.device("Никитин")
    bench.faults.wrong_pins(2, 3)
    eventually(lambda: "последняя попытка" in visitor.pin_page(device).text, LONG, "the last try on the page")
    update, _ = visitor.order(device, PIN)
    page = refused(bench.installation, visitor, update, "Осталась последняя попытка ввода PIN-кода")
    assert "Один раз введите PIN-код в утилите производителя" in page
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (0, 2)
    bench.faults.wrong_pins(0, 3)  # the person has signed in with the vendor's tool
    visitor.enter_pin(update, PIN)
    bench.installation.wait_for(update, UpdateStatus.COMPLETED)
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (1, 0)


def test_a_locked_token_is_explained(bench: Bench, visitor: Visitor) -> None:
    device, _ = bench.installation.device("Журавлёв")
    bench.faults.wrong_pins(3, 3)
    eventually(lambda: "заблокирован" in visitor.pin_page(device).text, LONG, "the locked token on the page")
    update, _ = visitor.order(device, PIN)
    page = refused(bench.installation, visitor, update, "PIN-код токена заблокирован")
    assert "Разблокируйте его PIN-кодом администратора в утилите производителя" in page
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (0, 3)
    cancel(bench.installation, visitor, update)


def test_two_wrong_pins_are_two_tries_and_the_third_is_not_made(bench: Bench, visitor: Visitor) -> None:
    device, _ = bench.installation.device("Соколова")
    update, _ = visitor.order(device, WRONG)
    refused(bench.installation, visitor, update, "PIN-код не подошёл")
    visitor.enter_pin(update, ANOTHER)
    page = refused(bench.installation, visitor, update, "", tries=2)
    eventually(lambda: "последняя попытка" in visitor.run(update).text.lower(), LONG, page)
    visitor.enter_pin(update, PIN)
    refused(bench.installation, visitor, update, "Осталась последняя попытка ввода PIN-кода")
    assert (bench.sign_ins(), bench.faults.wrong_pins_so_far()) == (2, 2)


def refused(installation: Installation, visitor: Visitor, update: int, title: str, *, tries: int = 0) -> str:
    """Wait until the run waits and its page says this; the page also says what is safe."""
    eventually(lambda: title in visitor.run(update).text, LONG, f"«{title}» on the page: {visitor.run(update).text}")
    installation.wait_for(update, UpdateStatus.WAITING)
    text = visitor.run(update).text
    assert title in text
    assert SAFE in text or tries
    return text


def cancel(installation: Installation, visitor: Visitor, update: int) -> None:
    visitor.submit(visitor.run(update).form("/cancellation"))
    installation.wait_for(update, UpdateStatus.CANCELLED)
