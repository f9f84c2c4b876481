"""An administrator in a browser and a person at a workstation: let in, ordered, PIN entered there, watched, done."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from agent.state import State
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC, OpenSc
from tests.agent.workstation import Workstation, command, workstation
from tests.e2e.agent.seed import ADMIN, COMMON, VPN
from tests.e2e.agent.world import World
from tests.support.browser import watched_page
from tests.support.tokens import PIN, SoftHsm

pytestmark = pytest.mark.e2e
COMMAND = re.compile(r"klyuchnik-agent enroll (https://\S+) --fingerprint (\S+)")


@pytest.fixture
def admin(browser: Browser, world: World) -> Iterator[Page]:
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900})
    with watched_page(context) as page:
        page.goto(f"{world.installation.address}/sign-in")
        page.fill("[name=login]", ADMIN.login)
        page.fill("[name=password]", ADMIN.password)
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")
        yield page
    context.close()


def test_from_the_first_word_to_the_result(admin: Page, world: World, hsm: SoftHsm, tmp_path: Path) -> None:
    serial = hsm.init_token("Дальний")
    device = world.device(serial, "Далёкая")
    state = State(tmp_path / "state")
    asks_to_be_let_in(admin, world, state, hsm)
    with workstation(command(state, [hsm.module], "--prompt", "terminal", "run")) as station:
        lets_in(admin, world)
        orders(admin, world, device, station)
        station.types(PIN)
        expect(admin.locator("dialog[open]")).to_contain_text("Устройство обновлено")
        assert station.stop() == 0
    found = sorted((one.kind, one.label) for one in OpenSc(hsm, serial, PIN).objects())
    assert found == sorted((kind, label) for kind in (CERTIFICATE, PRIVATE, PUBLIC) for label in (VPN.name, COMMON))
    admin.goto(f"{world.installation.address}/admin/devices/{device}")
    expect(admin.locator("main")).to_contain_text(VPN.name)


def asks_to_be_let_in(admin: Page, world: World, state: State, hsm: SoftHsm) -> None:
    """With what the page of codes shows, and without a code."""
    admin.goto(f"{world.installation.address}/admin/agents/codes")
    shown = COMMAND.search(admin.locator("main").inner_text())
    assert shown
    with workstation(command(state, [hsm.module], "enroll", shown[1], "--fingerprint", shown[2])) as station:
        assert station.ended() == 0, station.screen


def lets_in(admin: Page, world: World) -> None:
    """The administrator looks at who waits, and says yes."""
    admin.goto(f"{world.installation.address}/admin/agents")
    admin.locator("#agents tr:has([data-kind=waiting])").get_by_role("link").first.click()
    admin.get_by_role("button", name="Принять").click()
    expect(admin.get_by_role("heading", name="Принять?")).to_have_count(0)


def orders(admin: Page, world: World, device: int, station: Workstation) -> None:
    """The dialog finds the token at the workstation; what is going on there is seen here."""
    admin.goto(f"{world.installation.address}/admin/devices/{device}")
    admin.get_by_role("link", name="Обновить", exact=True).click()
    dialog = admin.locator("dialog[open]")
    dialog.get_by_role("button", name="Обновить на агенте").click()
    admin.fill("[name=comment]", "Прошу обновить до обеда")
    dialog.get_by_role("button", name="Назначить обновление").click()
    station.sees("Прошу обновить до обеда")
    station.sees("Ваш выбор")
    expect(dialog).to_contain_text("Прошу обновить до обеда")
    station.types("1")
    station.sees("ПИН-код:")
