"""How many clicks it is from the sign-in to the update, counted by the browser."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.triggers.office import Office
from tests.e2e.triggers.seats import CHIZHOV
from tests.e2e.triggers.seed import ADMIN, EMPLOYEE

pytestmark = pytest.mark.e2e

ADMIN_MOST: Final = 5
OWN_MOST: Final = 2
#: Presses of the mouse on all pages of the tab; what a script presses is not trusted.
COUNTER: Final = """
addEventListener('click', press => {
  if (press.isTrusted && press.detail) sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1
}, true)
"""


def clicks(page: Page) -> int:
    return int(page.evaluate("Number(sessionStorage.clicks || 0)"))


def sign_in(page: Page, office: Office, login: str, password: str) -> None:
    page.add_init_script(COUNTER)
    page.goto(office.address("/sign-in"))
    expect(page.locator("[name=login]")).to_be_focused()
    page.keyboard.type(login)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.get_by_role("button", name="Войти").click()


def test_an_administrator_who_knows_the_surname(office: Office, open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, office, ADMIN.login, ADMIN.password)
    page.locator("#search").click()
    page.keyboard.type(CHIZHOV.name.lower())
    page.locator(".search__results a").first.click()
    page.locator("details.device > summary").first.click()
    page.locator(".device__body [data-row-action]").first.click()
    expect(page.locator("dialog[open]")).to_contain_text("Обновление устройства")
    assert clicks(page) == ADMIN_MOST


def test_an_employee(office: Office, open_page: Callable[..., Page]) -> None:
    page = open_page()
    sign_in(page, office, CHIZHOV.role.login, EMPLOYEE)
    page.get_by_role("link", name="Обновить токен").click()
    expect(page.locator("dialog[open]")).to_contain_text("Обновление устройства")
    assert clicks(page) == OWN_MOST
