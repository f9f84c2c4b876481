"""Tokens changed past the portal with OpenSC: something added, something deleted, pulled out in the middle."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Page, expect

from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from portal.domain.update_steps import StepKind
from portal.services.boundaries import Boundary
from tests.acceptance.installation import eventually
from tests.e2e.triggers.conftest import Employee
from tests.e2e.triggers.dialog import Walk, walk_through
from tests.e2e.triggers.office import Office
from tests.e2e.triggers.pages import open_draft
from tests.e2e.triggers.seats import ARCHIVE, IVANOVA, KOZLOV, LEBEDEVA, LOGON, VPN, Seat
from tests.e2e.triggers.story import Line, Reason, Side, Story
from tests.e2e.triggers.strangers import put_there

pytestmark = pytest.mark.e2e

PARTNER: Final = "УЦ партнёра"
KEY_ID: Final = "f0e1d2c3"
LONG: Final = 240.0
PAUSE: Final = 200

FOREIGN: Final = Reason(UpdateReason.FOREIGN_FOUND, "На устройстве есть сертификат, добавленный вне системы: …")
UNTOUCHED: Final = Line(Action.TRACK_ONLY, "Не трогать «…")
KEEPS: Final = (
    Line(Action.KEEP, "Оставить «Вход в домен»"),
    Line(Action.KEEP, "Оставить «Удалённый доступ»"),
    UNTOUCHED,
)
SEEN: Final = Story(
    IVANOVA, Side.ADMIN, "pkcs11-tool: a foreign certificate; draft: tracking on", (FOREIGN,), (), stays=KEEPS
)
SEEN_BY_HIMSELF: Final = replace(
    SEEN, seat=KOZLOV, side=Side.OWN, headline="На вашем токене есть сторонние сертификаты"
)
ISSUE: Final = Line(Action.ISSUE, "Выпустить «Вход в домен»", "Выпущен «Вход в домен»")
MISSING: Final = Reason(UpdateReason.CONTENT_MISSING, "Сертификат «Вход в домен» отсутствует на устройстве")
ROBBED: Final = Story(
    LEBEDEVA, Side.ADMIN, "pkcs11-tool: a certificate deleted", (MISSING,), (ISSUE,), stays=(KEEPS[1],)
)
ROBBED_HIMSELF: Final = replace(
    ROBBED,
    seat=KOZLOV,
    side=Side.OWN,
    headline="Обновите токен: на нём нет сертификата «Вход в домен»",
    stays=(KEEPS[1], UNTOUCHED),
)
WITHOUT_KEY: Final = Story(
    LEBEDEVA,
    Side.ADMIN,
    "pkcs11-tool: a private key deleted, seen when somebody signs in to the token",
    (Reason(UpdateReason.CONTENT_MISSING, "Сертификат «Удалённый доступ» отсутствует на устройстве"),),
    (Line(Action.ISSUE, "Выпустить «Удалённый доступ»", "Выпущен «Удалённый доступ»"),),
    stays=(KEEPS[0],),
)
LEFTOVERS: Final = tuple(
    Reason(UpdateReason.LEFTOVER_FOUND, f"Прошлое обновление оставило на устройстве лишнее: {what} …")
    for what in ("ключ", "сертификат ключа")  # the certificate was perhaps written beside it
)
CLEAN: Final = tuple(
    Line(
        Action.CLEAN,
        f"Удалить оставшееся от прошлого обновления: {what} …",
        f"Удалено оставшееся от прошлого обновления: {what} …",
    )
    for what in ("ключ", "сертификат ключа")
)
LEFT: Final = Story(
    IVANOVA,
    Side.ADMIN,
    "token pulled out while it was written to, the update given up",
    (MISSING, *LEFTOVERS),
    (ISSUE, *CLEAN),
    stays=KEEPS[1:],
)
STORIES: Final = (SEEN, SEEN_BY_HIMSELF, ROBBED, ROBBED_HIMSELF, WITHOUT_KEY, LEFT)


def test_tokens(office: Office, admin: Page, employee: Employee, tmp_path: Path) -> None:
    before = office.due(admin)
    strangers = {
        seat: put_there(office.token(seat), tmp_path, label=PARTNER, key_id=KEY_ID) for seat in (IVANOVA, KOZLOV)
    }
    for seat in strangers:
        shows(admin, office, seat, PARTNER)
    office.becomes_due(admin, before)
    draft = open_draft(admin, office, ARCHIVE[-1])
    draft.section("Сторонние сертификаты")
    admin.get_by_label("Искать сертификаты, добавленные вне системы").check()
    draft.save()
    draft.publish(IVANOVA, KOZLOV)
    office.becomes_due(admin, before, IVANOVA, KOZLOV)
    own = employee(KOZLOV)
    tracks(Walk(admin, office, SEEN))
    tracks(Walk(own, office, SEEN_BY_HIMSELF))
    office.becomes_due(admin, before)

    for seat in (IVANOVA, KOZLOV, LEBEDEVA):
        office.token(seat).delete("cert", key_id(office, seat, LOGON.name))
    office.token(LEBEDEVA).delete("privkey", key_id(office, LEBEDEVA, VPN.name))
    for seat in (IVANOVA, KOZLOV, LEBEDEVA):
        shows(admin, office, seat, MISSING.words)
    office.becomes_due(admin, before, IVANOVA, KOZLOV, LEBEDEVA)
    robbed, own_robbed = Walk(admin, office, ROBBED), Walk(own, office, ROBBED_HIMSELF)
    robbed.begins()
    own_robbed.begins()
    robbed.reads_what_was_done()
    own_robbed.reads_the_summary()
    office.becomes_due(admin, before, IVANOVA, LEBEDEVA)  # signed in, the portal saw that a key is gone, too
    walk_through([Walk(admin, office, WITHOUT_KEY)])
    gives_up(office, admin)
    office.becomes_due(admin, before, IVANOVA)
    walk_through([Walk(admin, office, LEFT)])

    office.becomes_due(admin, before)
    for seat in (IVANOVA, KOZLOV, LEBEDEVA):
        held = {one.label: one.certificate.public_bytes(Encoding.DER) for one in office.held(seat)}
        assert held.keys() == {LOGON.name, VPN.name, *([PARTNER] if seat in strangers else [])}
        assert held.get(PARTNER) == strangers.get(seat)
    goes(office, admin)
    office.becomes_due(admin, before)


def shows(page: Page, office: Office, seat: Seat, words: str) -> None:
    """The card tells it, as soon as presence has seen the token."""

    def told() -> bool:
        page.goto(office.card(seat))
        page.wait_for_timeout(PAUSE)
        return words in page.locator("main").inner_text()

    eventually(told, LONG, words)


def key_id(office: Office, seat: Seat, label: str) -> str:
    (found,) = [one for one in office.token(seat).objects() if (one.kind, one.label) == ("Certificate Object", label)]
    return found.id


def tracks(walk: Walk) -> None:
    """Nothing is to be written: only what others wrote is looked at, and taken under watch."""
    walk.reads_why()
    walk.opens()
    if walk.story.side is Side.ADMIN:
        expect(walk.dialog).to_contain_text("На токен ничего записывать не нужно")
        walk.dialog.get_by_role("link", name="К отслеживанию").click()
    expect(walk.dialog).to_contain_text(PARTNER)
    walk.dialog.get_by_role("button", name="Отслеживать отмеченные").click()
    expect(walk.dialog).to_have_count(0)
    walk.has_nothing_to_do()


def gives_up(office: Office, page: Page) -> None:
    """The token is pulled out in the middle, and the administrator stops the update for good."""
    serial = office.token(IVANOVA).serial
    office.orders.pull_at(StepKind.WRITE_CERTIFICATE, Boundary.AFTER_INTENT, serial)
    walk = Walk(page, office, LEFT)
    page.goto(office.card(IVANOVA))
    walk.opens()
    walk.enters_the_pin()
    expect(walk.dialog).to_contain_text("Токен вынут во время записи")
    walk.dialog.get_by_role("button", name="Остановить").first.click()
    walk.dialog.get_by_role("button", name="Оставить как есть и завершить").click()
    expect(walk.dialog.locator(".verdict h3")).to_have_text("Обновление отменено")
    office.installation.hsm.plug(serial)
    shows(page, office, IVANOVA, "оставило на устройстве лишнее")


def goes(office: Office, page: Page) -> None:
    """What was under watch is taken off the token: the card says so, and nobody is due."""
    for kind in ("cert", "privkey", "pubkey"):
        office.token(IVANOVA).delete(kind, KEY_ID)
    shows(page, office, IVANOVA, "не найден на токене")
