"""Common certificates, connectors and what is optional: uploaded, chosen, replaced, switched, through the pages."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Page, expect

from portal.connectors.pfx import make_pfx
from portal.db.queries.commons import key_of
from portal.domain.findings import UpdateReason
from portal.domain.plan_items import Action
from tests.acceptance.installation import eventually
from tests.e2e.triggers.conftest import Employee
from tests.e2e.triggers.dialog import Walk, walk_through
from tests.e2e.triggers.office import PATIENCE, Office
from tests.e2e.triggers.pages import COMMONS, open_draft
from tests.e2e.triggers.seats import GUSEVA, REPORTS, SHOP, VOLKOV, VPN, WIFI, Seat
from tests.e2e.triggers.story import Line, Reason, Side, Story
from tests.e2e.triggers.strangers import made_outside

pytestmark = pytest.mark.e2e

PARTNERS: Final = "Партнёры"
LIBRARY: Final = "Архив"
PASSWORD: Final = "Пароль-файла-7319"

SAME: Final = (
    Line(Action.REPLACE_COMMON, "Заменить общий сертификат «Wi-Fi» новой версией", "Заменён общий сертификат «Wi-Fi»"),
    Line(Action.WRITE_COMMON, "Записать общий сертификат «Партнёры»", "Записан общий сертификат «Партнёры»"),
    Line(
        Action.DELETE_COMMON,
        "Удалить общий сертификат «Отчётность»: его нет в новой политике",
        "Удалён общий сертификат «Отчётность»",
    ),
    Line(
        Action.REGISTER,
        "Зарегистрировать устройство в Secret Net Studio",
        "Устройство зарегистрировано в Secret Net Studio",
    ),
)
REPLACED: Final = Reason(UpdateReason.COMMON_REPLACED, "Общие сертификаты изменены, заменён: Wi-Fi")
ADMIN: Final = Story(
    VOLKOV,
    Side.ADMIN,
    "common certificate replaced by a file and put to use; draft: one more, one less, a connector on, two optional",
    reasons=(
        Reason(UpdateReason.COMMON_ADDED, "Общие сертификаты изменены, добавлен: Партнёры"),
        Reason(UpdateReason.COMMON_REMOVED, "Общие сертификаты изменены, убран: Отчётность"),
        REPLACED,
        Reason(UpdateReason.CONNECTOR_SWITCHED, "Включён коннектор Secret Net Studio"),
        Reason(UpdateReason.OPTIONAL_AVAILABLE, "Можно записать или удалить необязательный сертификат «Архив»"),
        Reason(
            UpdateReason.OPTIONAL_AVAILABLE, "Можно записать или удалить необязательный сертификат «Удалённый доступ»"
        ),
    ),
    plan=SAME,
)
OWN: Final = replace(
    ADMIN,
    seat=GUSEVA,
    side=Side.OWN,
    headline="Обновите токен: изменилось то, что должно на нём быть",
    ticks=(VPN.name, LIBRARY),
    plan=(
        Line(Action.ISSUE, "Выпустить «Удалённый доступ»", "Выпущен «Удалённый доступ»"),
        SAME[0],
        Line(Action.WRITE_COMMON, "Записать общий сертификат «Архив»", "Записан общий сертификат «Архив»"),
        *SAME[1:],
    ),
)
OFF: Final = Reason(UpdateReason.CONNECTOR_SWITCHED, "Отключён коннектор Secret Net Studio")
WITHDRAW: Final = Line(
    Action.WITHDRAW,
    "Снять устройство с учёта в Secret Net Studio",
    "Устройство снято с учёта в Secret Net Studio",
    later=True,
)
KEPT: Final = (Line(Action.KEEP, "Оставить «Wi-Fi»"), Line(Action.KEEP, "Оставить «Партнёры»"))
ADMIN_LATER: Final = Story(
    VOLKOV,
    Side.ADMIN,
    "draft: the connector off; dialog: what is optional chosen",
    reasons=(OFF, *ADMIN.reasons[4:]),
    ticks=(VPN.name, LIBRARY),
    plan=(OWN.plan[0], OWN.plan[2], WITHDRAW),
    stays=KEPT,
)
OWN_LATER: Final = Story(
    GUSEVA,
    Side.OWN,
    "draft: the connector off; dialog: what is optional no longer chosen",
    reasons=(OFF,),
    headline=OWN.headline,
    ticks=(VPN.name, LIBRARY),
    plan=(
        Line(Action.DELETE, "Удалить «Удалённый доступ»: он больше не выбран", "Удалён «Удалённый доступ»"),
        Line(
            Action.DELETE_COMMON,
            "Удалить общий сертификат «Архив»: он больше не выбран",
            "Удалён общий сертификат «Архив»",
        ),
        WITHDRAW,
    ),
    stays=KEPT,
    whys=(Reason(UpdateReason.OPTIONAL_AVAILABLE, "Необязательный сертификат «Архив» больше не выбран"),),
)
STORIES: Final = (ADMIN, OWN, ADMIN_LATER, OWN_LATER)


def test_commons(office: Office, admin: Page, employee: Employee, tmp_path: Path) -> None:
    before = office.due(admin)
    files = {name: pfx(tmp_path, name) for name in (WIFI, PARTNERS, LIBRARY)}
    replaced(admin, office, files[WIFI][0])
    office.becomes_due(admin, before, VOLKOV, GUSEVA)
    for name in (PARTNERS, LIBRARY):
        uploaded(admin, office, name, files[name][0])
    redrawn(admin, office)
    office.becomes_due(admin, before, VOLKOV, GUSEVA)
    own = employee(GUSEVA)
    walk_through([Walk(admin, office, ADMIN), Walk(own, office, OWN)])
    for seat, more in ((VOLKOV, ()), (GUSEVA, (LIBRARY, VPN.name))):
        carries(office, seat, files, WIFI, PARTNERS, *more)
    assert known(office) == {office.token(VOLKOV).serial, office.token(GUSEVA).serial}
    office.becomes_due(admin, before)

    draft = open_draft(admin, office, SHOP[-1])
    draft.section("Коннекторы")
    admin.get_by_label("Регистрировать устройства в Secret Net Studio").uncheck()
    draft.save()
    draft.publish(VOLKOV, GUSEVA)
    office.becomes_due(admin, before, VOLKOV, GUSEVA)
    with away(office):
        walk_through([Walk(admin, office, ADMIN_LATER), Walk(own, office, OWN_LATER)])
        admin.goto(office.card(VOLKOV))
        told = admin.locator("[aria-label='Внешние системы учёта']")
        expect(told).to_contain_text("Ждёт снятия с учёта")
    told.get_by_role("button", name="Повторить сейчас").click()
    # or the sweeper was quicker
    said = re.compile("Сообщение отправляется ещё раз|Система учёта уже приняла сведения")
    expect(admin.locator("#toasts")).to_contain_text(said)
    eventually(lambda: known(office) == set(), PATIENCE, "the register is told without the tokens")
    for seat, more in ((VOLKOV, (LIBRARY, VPN.name)), (GUSEVA, ())):
        carries(office, seat, files, WIFI, PARTNERS, *more)
    admin.goto(office.card(VOLKOV))
    expect(told).to_contain_text("Снято с учёта")
    office.becomes_due(admin, before)


@contextmanager
def away(office: Office) -> Iterator[None]:
    """Nobody can open what Secret Net Studio knows."""
    folder = office.installation.settings.registers_dir
    assert folder
    (ledger,) = folder.glob("secret_net*.db")  # not its journal, which comes and goes
    ledger.rename(folder / "kept.db")
    ledger.mkdir()
    yield
    ledger.rmdir()
    (folder / "kept.db").rename(ledger)


def pfx(folder: Path, name: str) -> tuple[Path, x509.Certificate]:
    """A file as a partner would send it, and the certificate in it."""
    material = made_outside(name)
    file = folder / f"{name}.pfx"
    file.write_bytes(make_pfx(material, name=name, password=PASSWORD))
    return file, x509.load_der_x509_certificate(material.certificate)


def replaced(page: Page, office: Office, file: Path) -> None:
    """The next version of the common certificate, looked at and put into the policies."""
    page.goto(office.address(f"/admin/commons/{key_of(WIFI)}"))
    page.get_by_label("Файл PFX").set_input_files(file)
    page.get_by_label("Пароль файла").fill(PASSWORD)
    page.get_by_role("button", name="Добавить новую версию").click()
    expect(page.locator("[aria-labelledby=waits]")).to_contain_text("Обновление понадобится 2 устройствам")
    page.get_by_role("button", name="Ввести версию 2 в политики").click()
    expect(page.locator("#toasts")).to_contain_text("Новая версия введена в политики")


def uploaded(page: Page, office: Office, name: str, file: Path) -> None:
    """A common certificate more."""
    page.goto(office.address("/admin/commons/new"))
    page.get_by_label("Имя", exact=True).fill(name)
    page.get_by_label("Файл PFX").set_input_files(file)
    page.get_by_label("Пароль файла").fill(PASSWORD)
    page.locator("#common-form").get_by_role("button", name="Добавить").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def redrawn(page: Page, office: Office) -> None:
    """One draft: certificates chosen and dropped, a connector on, an optional template."""
    draft = open_draft(page, office, SHOP[-1])
    draft.section(COMMONS)
    for name, how in ((PARTNERS, "required"), (LIBRARY, "optional"), (REPORTS, "")):
        draft.common(name, how)
    draft.save()
    draft.section("Коннекторы")
    page.get_by_label("Регистрировать устройства в Secret Net Studio").check()
    draft.save()
    draft.new_template(VPN.name, "main|vpn|authenticate")
    page.get_by_label("Кто выберет: сертификат необязательный").check()
    draft.save()
    draft.publish(VOLKOV, GUSEVA)


def carries(office: Office, seat: Seat, files: dict[str, tuple[Path, x509.Certificate]], *names: str) -> None:
    """What OpenSC reads: these and no others, the common ones byte for byte those of the files."""
    held = {one.label: one.certificate for one in office.held(seat)}
    assert sorted(held) == sorted(names)
    for name in held.keys() & files.keys():
        assert held[name].public_bytes(Encoding.DER) == files[name][1].public_bytes(Encoding.DER)


def known(office: Office) -> set[str]:
    """The serial numbers Secret Net Studio knows, out of its own ledger."""
    folder = office.installation.settings.registers_dir
    assert folder
    (ledger,) = folder.glob("secret_net*.db")  # not its journal, which comes and goes
    with closing(sqlite3.connect(ledger)) as rows:
        return {serial for (serial,) in rows.execute("SELECT serial FROM devices")}
