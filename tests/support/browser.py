"""A real browser: the system's Chromium, driven by Playwright, talking to this machine only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.support.processes import find_program
from tests.support.waiting import eventually

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",  # nothing is drawn in three dimensions: what stands in for that costs a fifth
    "--in-process-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
#: A page of a test lives for a second: making its scripts fast costs a fifth of that and is over before it pays.
SHORT_LIVED: Final = ("--js-flags=--no-maglev --no-turbofan",)
# the browser and htmx say so of every answer from 400 on; such answers are part of what is tested
ANSWER_NOISE: Final = ("Failed to load resource: the server responded with a status of", "Response Status Error Code")
# a request given up for a later one; one that fails says htmx:sendError or htmx:timeout besides
GIVEN_UP: Final = ("htmx:afterRequest", "htmx:sendAbort")
#: What has no windows of its own, nor the profile of a person, takes a third of the time.
PROGRAMS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE: Final = 90_000  # bounds a broken page: a busy machine is no failure


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """One headless Chromium, perhaps with more flags."""
    program = find_program(*PROGRAMS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *more])
        expect.set_options(timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


def reload_until(page: Page, words: str) -> None:
    """Without scripts a page is renewed by hand until it says so."""

    def says() -> bool:
        if words in page.locator("main").inner_text():
            return True
        page.wait_for_timeout(300)
        page.reload()
        return False

    eventually(says, words)


@contextmanager
def watched_page(context: BrowserContext) -> Iterator[Page]:
    """A page on which any script error or console error, a refused inline style say, fails the test."""
    troubles: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(ANSWER_NOISE + GIVEN_UP):
            troubles.append(message.text)

    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("console", note)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    page.close()
    assert not troubles, f"the browser complained: {troubles}"
