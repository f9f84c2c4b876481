"""The scripts of the page frame, in a real browser under the product's own security policy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.look import Look, running_look

pytestmark = pytest.mark.e2e

SEEN_STREAMS = """
window.streams = [];
window.EventSource = class extends EventSource { constructor(...all) { super(...all); window.streams.push(this); } };
"""


@pytest.fixture(scope="module")
def look() -> Iterator[Look]:
    with running_look() as running:
        yield running


@pytest.fixture
def rows(page: Page, look: Look) -> Page:
    page.add_init_script(SEEN_STREAMS)
    page.goto(f"{look.url}/rows")
    return page


def stand_still(page: Page) -> None:
    """Time passes only when told to: what is shown for a moment is seen on a busy machine, too."""
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize(("keys", "focused"), [("j", "row-1"), ("jj", "row-2"), ("jjk", "row-1"), ("k", "row-3")])
def test_keys_walk_the_rows(rows: Page, keys: str, focused: str) -> None:
    for key in keys:
        rows.keyboard.press(key)
    expect(rows.locator(f"#{focused}")).to_be_focused()


def test_keys_work_on_a_russian_keyboard(rows: Page) -> None:
    rows.evaluate("document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'о', code: 'KeyJ', bubbles: true}))")
    expect(rows.locator("#row-1")).to_be_focused()


def test_slash_goes_to_the_search_box_and_down_into_its_answers(rows: Page) -> None:
    rows.keyboard.press("/")
    expect(rows.locator("[data-search]")).to_be_focused()
    rows.keyboard.type("juk")  # letters typed into a box are letters
    expect(rows.locator("[data-search]")).to_have_value("juk")
    expect(rows.locator(".search__results a")).to_be_visible()
    rows.keyboard.press("ArrowDown")
    expect(rows.locator(".search__results a")).to_be_focused()


def test_u_opens_the_dialog_of_the_row_and_closing_gives_focus_and_address_back(rows: Page, look: Look) -> None:
    rows.keyboard.press("j")
    rows.keyboard.press("u")
    expect(rows.locator("dialog[open] h2")).to_be_focused()
    expect(rows).to_have_url(f"{look.url}/rows?open=1")
    rows.keyboard.press("Escape")
    expect(rows.locator("dialog")).to_have_count(0)
    expect(rows.locator("#row-1")).to_be_focused()
    expect(rows).to_have_url(f"{look.url}/rows")


def test_what_a_list_says_once_opens_the_dialog_of_each_row(rows: Page, look: Look) -> None:
    rows.click("#listed")
    expect(rows.locator("dialog[open] h2")).to_be_focused()
    expect(rows).to_have_url(f"{look.url}/dialog")
    rows.keyboard.press("Escape")
    expect(rows.locator("dialog")).to_have_count(0)
    expect(rows.locator("#listed")).to_be_focused()
    expect(rows).to_have_url(f"{look.url}/rows")


def test_a_stream_inside_a_dialog_ends_with_it(rows: Page) -> None:
    rows.click("#update-2")
    expect(rows.locator("[data-announce]")).not_to_have_text("step 0")
    assert rows.evaluate("streams.map((stream) => stream.readyState)") == [1]
    rows.click("dialog [data-dialog-close]")
    expect(rows.locator("dialog")).to_have_count(0)
    assert rows.evaluate("streams.map((stream) => stream.readyState)") == [2]


def test_what_a_closed_dialog_asked_for_changes_no_address(rows: Page, look: Look) -> None:
    rows.click("#update-2")
    with look.late(), rows.expect_event("requestfailed", lambda request: request.url.endswith("/late")):
        rows.get_by_role("button", name="Ask late").click()
        rows.click("dialog [data-dialog-close]")
    expect(rows.locator("dialog")).to_have_count(0)
    expect(rows).to_have_url(f"{look.url}/rows")


def test_a_stream_leaves_scroll_and_focus_alone_and_is_read_aloud(rows: Page) -> None:
    rows.click("#update-2")
    rows.get_by_role("button", name="Stay here").focus()
    top = rows.evaluate("document.querySelector('.dialog__body').scrollTop")
    seen = rows.locator("[data-announce]").inner_text()
    expect(rows.locator("[data-announce]")).not_to_have_text(seen)
    expect(rows.get_by_role("button", name="Stay here")).to_be_focused()
    assert rows.evaluate("document.querySelector('.dialog__body').scrollTop") == top > 0
    expect(rows.locator("dialog #voice")).to_contain_text("step")


def test_a_refusal_is_a_toast_and_stays_until_closed(rows: Page) -> None:
    rows.click("#refuse")
    expect(rows.get_by_role("alert")).to_contain_text("Somebody was first")
    expect(rows.locator("#refuse")).to_have_text("Refuse")
    rows.click("[data-toast-close]")
    expect(rows.get_by_role("alert")).to_have_count(0)


def test_a_stranger_s_error_page_never_lands_in_ours(rows: Page) -> None:
    rows.click("#break")
    expect(rows.get_by_role("alert")).to_contain_text("The server did not carry out the request")
    expect(rows.get_by_text("Bad Gateway")).to_have_count(0)


def test_a_toast_can_be_closed_while_a_dialog_is_open(rows: Page) -> None:
    rows.click("#update-1")
    rows.get_by_role("button", name="Refuse inside").click()
    rows.click("dialog [data-toast-close]")
    expect(rows.get_by_role("alert")).to_have_count(0)
    expect(rows.locator("dialog[open]")).to_be_visible()


def test_a_refusal_is_heard_though_its_button_was_replaced_meanwhile(rows: Page, look: Look) -> None:
    rows.click("#update-1")
    with rows.expect_response("**/refused-late"), look.late():
        rows.get_by_role("button", name="Refuse late").click()
        rows.evaluate("document.getElementById('answer').replaceChildren()")
    expect(rows.get_by_role("alert")).to_contain_text("Somebody was first")
    expect(rows.get_by_role("alert")).to_have_count(1)


def test_a_stranger_s_error_is_told_though_its_button_was_replaced(rows: Page, look: Look) -> None:
    with rows.expect_response("**/broken-late"), look.late():
        rows.click("#break-late")
        rows.evaluate("document.getElementById('break-late').remove()")
    expect(rows.get_by_role("alert")).to_contain_text("The server did not carry out the request")


def test_a_serial_is_copied(rows: Page) -> None:
    rows.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stand_still(rows)
    rows.click("[data-copy='1002']")
    expect(rows.locator("[data-copy='1002']")).to_have_attribute("aria-label", "Copied")
    assert rows.evaluate("navigator.clipboard.readText()") == "1002"


def test_a_bare_serial_is_copied_by_its_own_button(rows: Page) -> None:
    rows.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stand_still(rows)
    bare = rows.locator("#bare-2")
    bare.press("Enter")
    expect(bare).to_have_attribute("aria-label", "Copied")
    assert rows.evaluate("navigator.clipboard.readText()") == "2002"
    rows.clock.run_for(2000)
    expect(bare).not_to_have_attribute("aria-label", "Copied")


def test_a_card_is_fetched_once_and_kept_in_the_address(rows: Page, look: Look) -> None:
    look.asked.clear()
    for _ in range(3):
        rows.click("#lazy > summary")
        expect(rows.locator("#lazy")).to_contain_text("The card")
    expect(rows).to_have_url(f"{look.url}/rows?device=7")
    assert look.asked == ["card"]


def test_nothing_scrolls_sideways_on_the_narrowest_screen(browser: Browser, look: Look) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"{look.url}/rows")
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    assert beyond == 0
