"""The frame around the pages: one list of sections in wide and narrow windows, and exact times in lists."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]
NARROW = {"width": 390, "height": 800}
EXACT = re.compile(r"\d\d:\d\d:\d\d (GMT\+3|MSK)")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_narrow_window_opens_the_sections_as_a_sheet(visit: Visit, scripts: bool) -> None:
    page = visit(viewport=NARROW, java_script_enabled=scripts)
    sections, button = page.locator("#sections"), page.get_by_role("button", name="Меню")
    expect(sections).to_be_hidden()
    button.press("Enter")
    expect(sections).to_be_visible()
    page.keyboard.press("Escape")
    expect(sections).to_be_hidden()
    expect(button).to_be_focused()
    button.click()
    sections.get_by_role("link", name="Устройства").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Устройства")


def test_a_wide_window_shows_the_sections_beside_the_page(visit: Visit) -> None:
    page = visit()
    expect(page.get_by_role("navigation", name="Разделы")).to_be_visible()
    expect(page.get_by_role("button", name="Меню")).to_be_hidden()


def test_a_time_in_a_list_tells_the_second(visit: Visit, live: Live) -> None:
    page = visit(timezone_id="Europe/Moscow")
    page.goto(f"{live.address}/admin/audit")
    time = page.locator("td time").first
    time.hover()
    expect(time).to_have_attribute("title", EXACT)
    time.click()
    expect(time).to_have_text(EXACT)
