"""A directory that cannot be reached, in a real browser: tried and read by a worker, while the page follows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live
from tests.support.browser import reload_until
from tests.support.connectors import PEM
from tests.support.directories import TYPED

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]


def connected(page: Page, live: Live, name: str) -> None:
    """Set up a directory at whose address nobody listens."""
    page.goto(f"{live.address}/admin/connectors/new?kind=directory.ldap")
    typed = {"name": name, "address": "ldaps://127.0.0.1:1", "trusted": PEM, "password": "x"}
    for field in ("name", "address", "trusted", "bind_dn", "password", "base_dn", "unit"):
        page.locator(f"[name={field}]").fill({**TYPED, **typed}[field])
    page.get_by_role("button", name="Сохранить").click()


def test_a_check_and_a_rehearsal_are_followed(visit: Visit, live: Live) -> None:
    page = visit()
    connected(page, live, "followed")
    page.get_by_role("button", name="Проверить").click()
    expect(page.locator("#trace")).to_contain_text("Последняя проверка")
    page.get_by_role("button", name="Пробный запуск").click()
    expect(page.locator("#sync")).to_contain_text("не удалась")
    expect(page.get_by_role("alert")).to_contain_text("Каталог не отвечает")


def test_the_same_without_scripts(visit: Visit, live: Live) -> None:
    page = visit(java_script_enabled=False)
    connected(page, live, "followed-plainly")
    page.get_by_role("button", name="Проверить").click()
    reload_until(page, "Последняя проверка")
    page.get_by_role("button", name="Пробный запуск").click()
    reload_until(page, "не удалась")
