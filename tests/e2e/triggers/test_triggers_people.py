"""People and assignments changed through their pages: data, unit, group, a policy given to a group."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.x509.oid import NameOID
from playwright.sync_api import Page, expect

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.e2e.triggers.conftest import Employee
from tests.e2e.triggers.dialog import Walk, walk_through
from tests.e2e.triggers.office import Office
from tests.e2e.triggers.pages import assign, confirm, open_person, save_person
from tests.e2e.triggers.seats import (
    CLEARED,
    DROZDOVA,
    ERSHOV,
    LABORATORY,
    LOGON,
    SIGNATURE,
    TRIALS,
    VPN,
    ZHUKOVA,
    ZIMIN,
    Seat,
)
from tests.e2e.triggers.story import Line, Reason, Side, Story
from tests.e2e.triggers.strangers import still_good

pytestmark = pytest.mark.e2e

TITLE: Final = "Ведущий инженер"
ADDRESS: Final = "ershov@zavod.example"

DATA: Final = Reason(UpdateReason.ATTRIBUTE_CHANGED, "Изменились данные пользователя: должность")
ANEW: Final = Line(
    Action.RENEW, "Выпустить «Вход в домен» заново с новыми данными пользователя", "Перевыпущен «Вход в домен»"
)
KEEP_VPN: Final = Line(Action.KEEP, "Оставить «Удалённый доступ»")
MOVED: Final = (
    Reason(UpdateReason.POLICY_CHANGED, "Назначена новая политика «Испытания»"),
    Reason(UpdateReason.TEMPLATE_ADDED, "Состав шаблонов политики изменён, добавлен: Подпись документов"),
    Reason(UpdateReason.TEMPLATE_REMOVED, "Состав шаблонов политики изменён, убран: Удалённый доступ"),
)
MOVES: Final = (
    Line(Action.ISSUE, "Выпустить «Подпись документов»", "Выпущен «Подпись документов»"),
    Line(Action.DELETE, "Удалить «Удалённый доступ»: шаблона нет в новой политике", "Удалён «Удалённый доступ»"),
    Line(Action.APPLY_POLICY, "Дальше на устройстве действует политика «Испытания»", "Применена политика «Испытания»"),
)
KEEP_LOGON: Final = Line(Action.KEEP, "Оставить «Вход в домен»")

NEW_TITLE: Final = Story(
    DROZDOVA, Side.ADMIN, "page of the person: another job title", (DATA,), (ANEW,), stays=(KEEP_VPN,)
)
NEW_UNIT: Final = Story(
    ZHUKOVA,
    Side.OWN,
    "page of the person: another job title and another unit",
    reasons=(MOVED[0], MOVED[1], MOVED[2], DATA),
    plan=(ANEW, *MOVES),
    headline="Обновите токен: изменилось то, что должно на нём быть",
)
GIVEN: Final = Story(ZIMIN, Side.ADMIN, "assignment: a policy given to a group", MOVED, MOVES, stays=(KEEP_LOGON,))
JOINED: Final = replace(
    GIVEN, seat=ERSHOV, side=Side.OWN, cause="page of the person: a group joined", headline=NEW_UNIT.headline
)
STORIES: Final = (NEW_TITLE, NEW_UNIT, GIVEN, JOINED)


def test_people(office: Office, admin: Page, employee: Employee, tmp_path: Path) -> None:
    before = office.due(admin)
    old = {story.seat: office.certificate(story.seat, VPN.name) for story in STORIES}
    for seat in (DROZDOVA, ZHUKOVA):
        open_person(admin, office, seat)
        admin.get_by_label("Должность").fill(TITLE)
        if seat is ZHUKOVA:
            admin.get_by_label("Подразделение").select_option(label=f"\u2003{TRIALS[-1]}")
        save_person(admin)
    office.becomes_due(admin, before, DROZDOVA, ZHUKOVA)
    given = assign(admin, office, TRIALS[-1], unit=f"\u2003\u2003{LABORATORY[-1]}", groups=[CLEARED], priority=10)
    expect(given.locator("li > a")).to_have_count(1)
    expect(given).to_contain_text(ZIMIN.name)
    confirm(admin)
    office.becomes_due(admin, before, DROZDOVA, ZHUKOVA, ZIMIN)
    open_person(admin, office, ERSHOV)
    admin.get_by_label("Эл. почта").fill(ADDRESS)
    admin.get_by_label(CLEARED).check()
    save_person(admin)
    office.becomes_due(admin, before, DROZDOVA, ZHUKOVA, ZIMIN, ERSHOV)

    walk_through([Walk(admin, office, NEW_TITLE), Walk(employee(ZHUKOVA), office, NEW_UNIT)])
    walk_through([Walk(admin, office, GIVEN), Walk(employee(ERSHOV), office, JOINED)])
    office.becomes_due(admin, before)
    carries(office, DROZDOVA, LOGON.name, VPN.name, title=TITLE)
    carries(office, ZHUKOVA, LOGON.name, SIGNATURE.name, title=TITLE)
    for seat in (ZIMIN, ERSHOV):
        carries(office, seat, LOGON.name, SIGNATURE.name, title="Инженер")
    fresh = office.certificate(ZIMIN, SIGNATURE.name)
    still_good(old[ZIMIN], fresh, tmp_path)  # taken off the token; its template asks for no revocation
    assert office.certificate(DROZDOVA, VPN.name) == old[DROZDOVA], "what was not concerned is the very same"


def carries(office: Office, seat: Seat, *names: str, title: str) -> None:
    """What OpenSC reads: these and no others, with the data of today."""
    held = {one.label: one.certificate for one in office.held(seat)}
    assert sorted(held) == sorted(names)
    said = held[LOGON.name].subject.get_attributes_for_oid(NameOID.TITLE)
    assert [one.value for one in said] == [title]
