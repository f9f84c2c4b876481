"""What nobody does in the portal: the authority revokes, suspends; time passes."""

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.acceptance.installation import eventually
from tests.acceptance.test_main_job import revoked_for_openssl, verified_by_openssl
from tests.e2e.triggers.conftest import Employee
from tests.e2e.triggers.dialog import Walk, walk_through
from tests.e2e.triggers.office import Office
from tests.e2e.triggers.seats import LATER, LOGON, OREKHOV, PANOVA, RYBIN, SOBOLEVA, TITOV, Seat
from tests.e2e.triggers.story import Line, Reason, Side, Story

pytestmark = pytest.mark.e2e

LONG: Final = 240.0
DONE: Final = "Перевыпущен «Вход в домен»"

REVOKED: Final = Story(
    OREKHOV,
    Side.ADMIN,
    "certification authority: the certificate revoked",
    (Reason(UpdateReason.CERTIFICATE_REVOKED, "Сертификат «Вход в домен» отозван в УЦ"),),
    (Line(Action.RENEW, "Выпустить «Вход в домен» с новым ключом взамен отозванного", DONE),),
)
REVOKED_OWN: Final = replace(
    REVOKED, seat=PANOVA, side=Side.OWN, headline="Обновите токен: сертификат «Вход в домен» отозван"
)
OPENED: Final = Story(
    SOBOLEVA,
    Side.ADMIN,
    "time: the renewal window opens",
    (Reason(UpdateReason.CERTIFICATE_EXPIRING, "Истекает срок действия сертификата «Вход в домен»: …"),),
    (Line(Action.RENEW, "Выпустить «Вход в домен» взамен истекающего …", DONE),),
)
ENDED: Final = Story(
    TITOV,
    Side.OWN,
    "time: the certificate ends",
    (Reason(UpdateReason.CERTIFICATE_EXPIRED, "Истёк срок действия сертификата «Вход в домен»"),),
    (Line(Action.RENEW, "Выпустить «Вход в домен» взамен истёкшего …", DONE),),
    headline="Обновите токен: срок действия «Вход в домен» истёк",
)
STORIES: Final = (REVOKED, REVOKED_OWN, OPENED, ENDED)


def test_authority_and_time(office: Office, admin: Page, employee: Employee, tmp_path: Path) -> None:
    moment = later(office, admin)
    eventually(lambda: {OREKHOV.name, PANOVA.name} <= office.due(admin), LONG, "the list of the authority is read")
    old = {seat: office.certificate(seat, LOGON.name) for seat in (OREKHOV, PANOVA, RYBIN, *LATER)}
    walk_through([Walk(admin, office, REVOKED), Walk(employee(PANOVA), office, REVOKED_OWN)])
    eventually(lambda: time.monotonic() > moment, LONG, "the moment comes")
    eventually(lambda: SOBOLEVA.name in office.due(admin), LONG, "the monitor has seen the time pass")
    walk_through([Walk(admin, office, OPENED), Walk(employee(TITOV), office, ENDED)])
    fresh = {story.seat: office.certificate(story.seat, LOGON.name) for story in STORIES}
    for seat, certificate in fresh.items():
        assert certificate.public_key() != old[seat].public_key()
        verified_by_openssl(certificate, tmp_path)
    revoked_for_openssl(old[OREKHOV], fresh[OREKHOV], tmp_path)
    is_on_hold(office, admin)
    assert office.certificate(RYBIN, LOGON.name) == old[RYBIN]
    assert office.due(admin) & {story.seat.name for story in STORIES} == set()


def later(office: Office, page: Page) -> float:
    """Tokens whose certificates come to their moment soon, seen before that; a slow machine is given more time."""
    moment = office.add_later()
    due = office.due(page)
    card(page, office, TITOV)
    reasons = page.locator("main .reasons > li").all_inner_texts()
    if time.monotonic() < moment:  # slower still, and there was no time before it to look at
        assert SOBOLEVA.name not in due
        assert ["Истекает срок действия" in reason for reason in reasons] == [True]
    return moment


def is_on_hold(office: Office, page: Page) -> None:
    """Somebody suspended it: the card says so, nobody is due, no update would undo that."""
    card(page, office, RYBIN)
    expect(page.locator("main")).to_contain_text("Приостановлен")
    assert RYBIN.name not in office.due(page)


def card(page: Page, office: Office, seat: Seat) -> None:
    page.goto(office.card(seat))
