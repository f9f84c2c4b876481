"""A marked PIN goes every way, good and bad, and is found nowhere afterwards."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Final

import pytest

from portal.connectors.redis_client import connect
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.acceptance.canary import ProcessWatch, disguises, found_in, places, self_test
from tests.acceptance.conftest import NewInstallation
from tests.acceptance.installation import LONG, PIN, Installation, Variation, eventually, parts_module
from tests.acceptance.test_interrupted import answers, parent, stopped_in_the_middle
from tests.acceptance.test_wrong_pin import cancel, refused
from tests.acceptance.third_party import OpenSc
from tests.acceptance.visitor import Visitor
from tests.acceptance.worker import VARIABLE, Orders
from tests.support.faults import SOURCE, FaultModule
from tests.support.native import Compiler
from tests.support.processes import temporary_folder

pytestmark = pytest.mark.e2e

GOOD: Final = f"Good-{token_hex(6)}"
BAD: Final = f"Evil-{token_hex(6)}"
SECRETS: Final = {
    f"{name} of {secret[:4]}": looks for secret in (GOOD, BAD) for name, looks in disguises(secret).items()
}


@dataclass(frozen=True, slots=True)
class Scene:
    """An installation where everything can go wrong, and all that it told."""

    installation: Installation
    faults: FaultModule
    orders: Orders
    visitor: Visitor
    told: list[str] = field(default_factory=list)

    def device(self, label: str) -> int:
        """The number of a device whose token now has the marked PIN."""
        number, serial = self.installation.device(label)
        OpenSc(self.installation.hsm, serial, PIN).change_pin(GOOD)
        return number


@pytest.fixture
def scene(new_installation: NewInstallation, compiler: Compiler, tmp_path: Path) -> Iterator[Scene]:
    faults = FaultModule(compiler.module(SOURCE, "p11-kit-1"), temporary_folder("kly-faults-"))
    faults.wrong_pins(0)
    faults.rules()
    env = {"P11FAULT_TARGET": str(parts_module()), **faults.env, VARIABLE: str(tmp_path)}
    variation = Variation((faults.module,), env, "tests.acceptance.worker")
    with new_installation(variation) as installation:
        yield Scene(installation, faults, Orders(tmp_path), installation.visitor())


def test_the_search_finds_what_is_planted(tmp_path: Path) -> None:
    self_test(tmp_path, GOOD)


def test_a_marked_pin_is_found_nowhere(scene: Scene) -> None:
    with ProcessWatch(scene.installation, SECRETS) as watch:
        succeeds(scene)
        is_refused(scene)
        is_locked(scene)
        loses_its_worker(scene)
        loses_valkey(scene)
        comes_from_the_command_line(scene)
        comes_back_in_no_form(scene)
    assert watch.looks
    assert watch.found == []
    connect(scene.installation.settings.redis_url).save()
    assert (scene.installation.place.folder / "valkey" / "dump.rdb").exists()
    searched = dict(places(scene.installation))
    assert any(name.endswith(".aof") for name in searched)
    assert any(name.endswith("-wal") for name in searched)
    assert {"klyuchnik.db", "log/web.log", "log/worker-1.log"} <= searched.keys()
    assert any(" unpacked" in name for name in searched), "data of jobs was looked at"
    assert {name: traces for name, content in searched.items() if (traces := found_in(content, SECRETS))} == {}
    answered = "\n".join([*scene.visitor.answers, *scene.told])
    assert "Устройство обновлено" in answered
    assert found_in(answered.encode(), SECRETS) == []


def succeeds(scene: Scene) -> None:
    """A whole update, watched by its stream."""
    device = scene.device("Смирнова")
    scene.orders.wait_at(StepKind.SIGN_REQUEST, Boundary.AFTER_INTENT)
    update, _ = scene.visitor.order(device, GOOD, "Шифрование почты")
    eventually(scene.orders.arrived, LONG, "the update is under way")
    over, lines = threading.Event(), scene.told
    listener = threading.Thread(target=scene.visitor.listen, args=(update, lines, over))
    listener.start()
    scene.orders.go_on()
    scene.installation.wait_for(update, UpdateStatus.COMPLETED)
    listener.join(120)
    over.set()
    assert any(line.startswith("event:") for line in lines)
    scene.visitor.submit(scene.visitor.run(update).form("/tracking"))
    scene.visitor.get("/admin/audit")


def is_refused(scene: Scene) -> None:
    """A wrong PIN, the same again, then the run is given up."""
    device = scene.device("Орлова")
    update, _ = scene.visitor.order(device, BAD)
    refused(scene.installation, scene.visitor, update, "PIN-код не подошёл")
    assert scene.visitor.enter_pin(update, BAD).status == 422
    cancel(scene.installation, scene.visitor, update)
    scene.faults.wrong_pins(0)


def is_locked(scene: Scene) -> None:
    device = scene.device("Журавлёв")
    scene.faults.wrong_pins(3)
    update, _ = scene.visitor.order(device, GOOD)
    refused(scene.installation, scene.visitor, update, "PIN-код токена заблокирован")
    cancel(scene.installation, scene.visitor, update)
    scene.faults.wrong_pins(0)


def loses_its_worker(scene: Scene) -> None:
    """The work-horse with the PIN in its memory is killed, and its worker."""
    device = scene.device("Никитин")
    kind = StepKind.WRITE_CERTIFICATE
    update, horse = stopped_in_the_middle(scene.installation, scene.orders, scene.visitor, device, kind, pin=GOOD)
    for pid in (parent(horse), horse):
        os.kill(pid, signal.SIGKILL)
    scene.orders.go_on()
    scene.installation.wait_for(update, UpdateStatus.COMPLETED)


def loses_valkey(scene: Scene) -> None:
    """Valkey is killed while it keeps a ticket, and reads its file again."""
    device = scene.device("Соколова")
    kind = StepKind.WRITE_CERTIFICATE
    update, _ = stopped_in_the_middle(scene.installation, scene.orders, scene.visitor, device, kind, pin=GOOD)
    (server,) = scene.installation.processes("valkey-server")
    os.kill(server, signal.SIGKILL)
    eventually(lambda: answers(scene.installation), LONG, "Valkey is started again")
    scene.orders.go_on()
    eventually(lambda: over(scene, update) or asks(scene, update), LONG, "the update is over, or the PIN is asked for")
    if not over(scene, update):  # the PIN may have been lost with the last second before the blow
        scene.visitor.enter_pin(update, GOOD)
        scene.installation.wait_for(update, UpdateStatus.COMPLETED)


def over(scene: Scene, update: int) -> bool:
    return scene.installation.status(update) is UpdateStatus.COMPLETED


def asks(scene: Scene, update: int) -> bool:
    return any(action.endswith("/pin") for action in scene.visitor.run(update).forms())


def comes_from_the_command_line(scene: Scene) -> None:
    device = scene.device("Ёлкина")
    run = ("--json", "updates", "run", str(device), "--pin-stdin", "--follow")
    done = scene.installation.command(*run, given=f"{GOOD}\n")
    assert done.returncode == 0, done.stderr
    scene.told.extend([done.stdout, done.stderr])


def comes_back_in_no_form(scene: Scene) -> None:
    """Forms that are refused do not send the PIN back: too long, a stale plan, without the form's token, signed out."""
    device = scene.device("Щербакова")
    form = scene.visitor.pin_page(device).form(f"/devices/{device}/updates")
    assert scene.visitor.submit(form, pin=GOOD * 40).status == 422
    stale = scene.visitor.submit(form, pin=GOOD, content_hash="0" * 64)
    assert "Что изменится" in stale.text
    assert scene.visitor.submit(form, pin=GOOD, csrf_token="").status == 400
    stranger = Visitor(scene.installation.address)
    stranger.submit(form, pin=GOOD)
    scene.told.extend(stranger.answers)
