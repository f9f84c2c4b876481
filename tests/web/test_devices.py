"""Devices: the list with its filters, the page, the card, the live look at the token."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from portal.bootstrap import Portal
from portal.connectors.presence_redis import RedisPresence
from portal.db.models import Device
from portal.db.queries.units import unit_options
from portal.domain.contents import PinTries, TokenSighting
from portal.domain.device import DeviceState
from tests.web.visits import Visit
from tests.web.world import ROOT, SALES, World


def sighting(serial: str, tries: PinTries = PinTries.PLENTY) -> TokenSighting:
    return TokenSighting(serial, "основной", "Рутокен ЭЦП 3.0", "Актив", tries, None, where="этот сервер, слот 2")


def see(portal: Portal, *sightings: TokenSighting) -> None:
    RedisPresence(portal.redis, expiry=timedelta(minutes=1)).publish(sightings)


def test_the_list_says_the_one_thing_wrong(admin: Visit) -> None:
    page, fragment = admin.both("/admin/devices")
    assert "Сертификат истекает через 5 дней" in fragment
    assert "и ещё 3 причины" in fragment
    assert "Показано 3 из 3" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=issued", 3),
        ("state=revoked", 0),
        ("reason=any", 1),
        ("reason=problem", 1),
        ("reason=template_added", 1),
        ("expiry=30", 1),
        ("expiry=7&state=issued", 1),
        ("q=4e53", 1),
        ("q=воронцов", 1),
        ("policy=1", 2),
        ("policy=99", 0),
        ("state=nonsense", 3),
        ("from=2026-03-16T00:00:00%2B00:00&before=2026-03-30T00:00:00%2B00:00", 1),
    ],
)
def test_filters_live_in_the_address(admin: Visit, query: str, expected: int) -> None:
    _page, fragment = admin.both(f"/admin/devices?{query}")
    assert fragment.count("<tr><th><a ") == expected


def test_the_list_is_narrowed_to_a_unit_with_all_below_it(admin: Visit, portal: Portal) -> None:
    with portal.database.read() as connection:
        units = {unit.path: unit.id for unit in unit_options(connection)}
    for path, expected in ((ROOT, 2), (SALES, 2), (("Подрядчики",), 1)):
        page, fragment = admin.both(f"/admin/devices?unit={units[path]}&state=issued")
        assert fragment.count("<tr><th><a ") == expected
        assert f'<option value="{units[path]}" selected>' in page
    assert admin.page("/admin/devices?unit=999").text.count("<tr><th><a ") == 0


def test_an_empty_list_says_what_to_do(admin: Visit) -> None:
    assert "Подходящих устройств нет" in admin.page("/admin/devices?state=revoked").text


def test_a_moment_that_is_none_is_refused(admin: Visit) -> None:
    assert admin.page("/admin/devices?from=yesterday").status_code == 422
    assert admin.page("/admin/devices?after=bogus").status_code == 422


def test_long_lists_go_on(admin: Visit, portal: Portal) -> None:
    rows = [{"serial": f"S{n:04}", "state": DeviceState.CLEAN, "created_at": portal.clock.now()} for n in range(60)]
    with portal.database.begin() as connection:
        connection.execute(insert(Device), rows)
    first = admin.page("/admin/devices?state=clean").text
    assert "Показано 50 из 60" in first
    following = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = admin.page(following).text
    assert "Показано 10 из 60" in second
    assert "В начало" in second


def test_the_card(admin: Visit, world: World) -> None:
    page, fragment = admin.both(f"/admin/devices/{world.due}")
    for sentence in (
        "Истекает срок действия сертификата «Подпись»: 21 марта 2026",
        "Состав шаблонов политики изменён, добавлен: VPN",
        "Состав шаблонов политики изменён, убран: Старый портал",
        "Можно записать или удалить необязательный сертификат «Шифрование почты»",
    ):
        assert sentence in fragment
    assert re.search(r'<a href="/admin/policies/\d+">Сотрудники офиса</a>, версия 1', fragment)
    assert f"/admin/devices/{world.due}/updates/new" in page


def test_the_card_as_a_fragment_of_its_own(admin: Visit, world: World) -> None:
    assert "Причины обновления" in admin.fragment(f"/admin/devices/{world.due}/card").text
    assert admin.page(f"/admin/devices/{world.due}/card").headers["Location"] == f"/admin/devices/{world.due}"


def test_no_policy_is_a_problem_not_a_reason(admin: Visit, world: World) -> None:
    page, _fragment = admin.both(f"/admin/devices/{world.no_policy}")
    assert "Ни одна политика не назначена" in page
    assert "updates/new" not in page


def test_an_auditor_sees_no_button(auditor: Visit, world: World) -> None:
    for address in (f"/admin/devices/{world.due}", "/admin/devices"):
        assert "updates/new" not in auditor.page(address).text


def test_a_token_that_is_there_is_named(admin: Visit, portal: Portal, world: World) -> None:
    see(portal, sighting(world.due_serial))
    assert "Подключён сейчас" in admin.page(f"/admin/devices/{world.due}").text
    fragment = admin.fragment(f"/admin/devices/{world.due}/presence").text
    assert "Токен подключён: основной" in fragment
    assert "попыток ввода PIN-кода достаточно" in fragment


def test_a_wrong_token_is_named(admin: Visit, portal: Portal, world: World) -> None:
    see(portal, sighting("0947201553"))
    fragment = admin.fragment(f"/admin/devices/{world.due}/presence").text
    assert "Подключите токен 1098447118" in fragment
    assert "0947201553" in fragment


def test_an_employee_is_told_of_no_token_but_his_own(employee: Visit, portal: Portal, world: World) -> None:
    with portal.database.begin() as connection:
        connection.execute(update(Device).where(Device.id == world.fine).values(holder_id=world.belyaeva))
        own = connection.execute(select(Device.serial).where(Device.id == world.fine)).scalar_one()
        strange = connection.execute(select(Device.serial).where(Device.id == world.no_policy)).scalar_one()
    address = f"/my/devices/{world.due}/presence"
    see(portal, sighting(strange), sighting("0555000111"))
    assert "Сейчас подключены другие" not in employee.fragment(address).text
    see(portal, sighting(strange), sighting("0555000111"), sighting(own))
    told = employee.fragment(address).text
    assert own in told
    assert strange not in told
    assert "0555000111" not in told


@pytest.mark.parametrize(
    ("tries", "words"),
    [(PinTries.LOW, "осталось мало"), (PinTries.LAST, "последняя попытка"), (PinTries.LOCKED, "заблокирован")],
)
def test_tries_are_words(admin: Visit, portal: Portal, world: World, tries: PinTries, words: str) -> None:
    see(portal, sighting(world.due_serial, tries))
    assert words in admin.fragment(f"/admin/devices/{world.due}/presence").text


def test_presence_says_nothing_twice(admin: Visit, world: World) -> None:
    first = admin.fragment(f"/admin/devices/{world.due}/presence").text
    again = first.split('data-hx-get="')[1].split('"')[0]
    assert admin.fragment(again).status_code == 204
    assert admin.page(again).status_code == 303


def test_no_device_of_this_number(admin: Visit) -> None:
    for address in ("/admin/devices/999", "/admin/devices/999/presence"):
        assert admin.fragment(address).status_code == 404
