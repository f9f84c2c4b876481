"""Registers outside: what the card says of them, the list of those that are behind, and what a person may do."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import select

from portal.admin import registers
from portal.bootstrap import Portal
from portal.db import register_book, snapshots
from portal.db.models import DeviceOperation, OrderKind, OrderStatus, RegisterResult
from portal.db.queries.registers import registers_behind
from portal.domain.ids import DeviceId, PolicyId
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.services.policies import publish
from tests.web.visits import Visit
from tests.web.world import World

AWAY = why(Trouble.REGISTER_UNAVAILABLE)
NEVER = why(Trouble.REGISTER_REFUSED)


def owed(portal: Portal, device: DeviceId, *, refused: bool = False, register: Register = Register.SECRET_NET) -> None:
    """An update could not tell the register of the device."""
    status, reason = (OrderStatus.REFUSED, NEVER) if refused else (OrderStatus.PENDING, AWAY)
    word = register_book.Word(device, register, OrderKind.REGISTER, status, reason)
    with portal.database.begin() as connection:
        register_book.owed(connection, word, portal.clock.now())


def result(portal: Portal) -> OrderStatus:
    with portal.database.read() as connection:
        found: OrderStatus = connection.execute(select(RegisterResult.status)).scalar_one()
        return found


def test_the_card_says_that_a_registration_is_on_its_way(operator: Visit, portal: Portal, world: World) -> None:
    before = operator.page(f"/admin/devices/{world.fine}").text
    owed(portal, world.fine)
    _page, fragment = operator.both(f"/admin/devices/{world.fine}")
    assert "Secret Net Studio" not in before
    for said in ("Secret Net Studio", "Ждёт регистрации", "Следующая попытка", "Повторить сейчас"):
        assert said in fragment
    assert "Там уже сделано" not in fragment, "it is told again by itself: nobody has to settle it"


def test_a_refusal_says_why_and_offers_both_ways(admin: Visit, portal: Portal, world: World) -> None:
    owed(portal, world.fine, refused=True)
    card = admin.fragment(f"/admin/devices/{world.fine}/card").text
    for said in ("В регистрации отказано", "Само не повторится", "Повторить сейчас", "Там уже сделано"):
        assert said in card


def test_who_only_reads_sees_it_and_may_do_nothing(auditor: Visit, portal: Portal, world: World) -> None:
    owed(portal, world.fine, refused=True)
    card = auditor.fragment(f"/admin/devices/{world.fine}/card").text
    assert "В регистрации отказано" in card
    assert "Повторить сейчас" not in card
    assert auditor.post(f"/admin/devices/{world.fine}/registers/secret_net/repetition").status_code == 403


@pytest.mark.parametrize(("noun", "status"), [("repetition", "pending"), ("settlement", "done")])
def test_a_refusal_is_told_again_or_settled(admin: Visit, portal: Portal, world: World, noun: str, status: str) -> None:
    owed(portal, world.fine, refused=True)
    address = f"/admin/devices/{world.fine}/registers/secret_net/{noun}"
    assert admin.post(address).status_code == 303
    assert result(portal).value == status
    with portal.database.read() as connection:
        actors = connection.execute(select(DeviceOperation.ordered_by)).scalars().all()
    assert actors == (["administrator"] if noun == "repetition" else [])
    if noun == "settlement":
        again = admin.post(address)
        assert again.status_code == 409
        assert "сведения уже приняты" in again.text


def test_a_register_there_is_not_is_not_found(operator: Visit, world: World) -> None:
    assert operator.post(f"/admin/devices/{world.fine}/registers/other/repetition").status_code == 404


def test_the_list_names_devices_whose_registers_are_behind(admin: Visit, portal: Portal, world: World) -> None:
    _page, empty = admin.both("/admin/registers")
    assert "Все системы учёта приняли сведения" in empty
    assert "/admin/registers" not in admin.page("/admin/").text
    owed(portal, world.due)
    owed(portal, world.fine, refused=True, register=Register.CONTRACT)
    _page, fragment = admin.both("/admin/registers")
    for said in (world.due_serial, "Ждёт регистрации", "В регистрации отказано", "Внешняя система учёта устройств"):
        assert said in fragment
    _page, overview = admin.both("/admin/")
    assert 'href="/admin/registers"' in overview
    assert "Внешние системы не приняли сведения" in overview


def test_a_long_list_is_shown_in_parts(
    admin: Visit, portal: Portal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    owed(portal, world.due)
    owed(portal, world.due, register=Register.CONTRACT)
    owed(portal, world.fine)
    monkeypatch.setattr(registers, "registers_behind", lambda *given, **more: registers_behind(*given, **more, size=2))
    first = admin.page("/admin/registers").text
    assert first.count("Ждёт регистрации") == 2
    _before, _mark, address = first.partition("/admin/registers?after=")
    following = admin.page(f"/admin/registers?after={address.partition(chr(34))[0]}").text
    assert following.count("Ждёт регистрации") == 1


def test_a_holder_sees_that_it_is_on_its_way_and_no_more(
    sign_in: Callable[[str], Visit], portal: Portal, world: World
) -> None:
    owed(portal, world.due, refused=True)
    card = sign_in("belyaeva").page(f"/my/devices/{world.due}").text
    assert "В регистрации отказано" in card
    assert "Администраторы это видят" in card
    assert "Повторить сейчас" not in card


def test_a_policy_says_which_of_its_registers_are_not_connected(admin: Visit, portal: Portal, world: World) -> None:
    with portal.database.begin() as connection:
        policy = snapshots.policy_version(connection, PolicyId(1), 1)
        publish(
            connection, replace(policy, registers=frozenset({Register.CONTRACT})), actor="admin", now=portal.clock.now()
        )
    _page, fragment = admin.both("/admin/policies/1")
    assert "Не подключено: «Внешняя система учёта устройств»" in fragment
    assert 'href="/admin/connectors"' in fragment
    draft = admin.post("/admin/policies/1/draft").headers["Location"]
    assert "Не подключено" in admin.page(f"{draft}/sections/registers").text
    assert "Не подключено" not in admin.page(f"{draft}/sections/tracking").text
