"""No page and no state of a dialog has a fault: axe-core, valid HTML, no scrolling sideways, in every look.

A run looks at each page once with all rules and then only for what another look may change. ``FULL_AXE=1`` (or
``bin/check full-axe``) tries every rule in each language and width, and in all colours what colours may change: half an
hour on two processors. Each page is loaded once for that; all rows of its tables are looked at once, then a few.
"""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.exceptions import HTTPException

from tests.e2e import tour
from tests.e2e.still import Still, still_copy
from tests.support.axe import COLOURED, CONTRAST, ROOM, contrast, too_wide, violations
from tests.support.browser import watched_page
from tests.support.markup import faults_of
from tests.support.servers import Valkey

FULL: Final = bool(os.environ.get("FULL_AXE"))
LANGUAGES: Final = ("ru", "en")
DESK: Final[Any] = {"width": 1280, "height": 800}
#: Half of a usual window is what is left of it at 200 % zoom.
WIDTHS: Final = (1920, 640, 320)
LIGHT: Final[Any] = {"color_scheme": "light", "forced_colors": "none"}
DARK: Final[Any] = {"color_scheme": "dark", "forced_colors": "none"}
FORCED: Final[Any] = {"color_scheme": "light", "forced_colors": "active"}
COLOURS: Final = {
    "dark": DARK,
    "forced": FORCED,
    "forced dark": {"color_scheme": "dark", "forced_colors": "active"},
}

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(7200 if FULL else 900)]

#: What was found to be read well, by the colours it has: it is the same wherever it is.
WELL: Final[dict[str, set[str]]] = {"dark": set(), "forced": set()}

Found = dict[str, list[str]]
Go = Callable[[], str]


@pytest.fixture(scope="module")
def still(origin: Path, tmp_path_factory: pytest.TempPathFactory, valkey_server: Valkey) -> Iterator[Still]:
    with still_copy(origin, tmp_path_factory.mktemp("still") / "data", valkey_server.url) as copy:
        yield copy


def test_what_cannot_be_read_is_found_on_every_page_and_what_can_is_judged_once(browser: Browser) -> None:
    page = browser.new_page()
    known: set[str] = set()
    good, bad = '<p style="color: #111">dark on white</p>', '<p style="color: #ddd">grey on white</p>'
    for body in (good + bad, bad, f'<div style="opacity: 0.2">{good}</div>'):
        page.set_content(f"<html><body>{body}</body></html>")
        assert [fault.partition(":")[0] for fault in contrast(page, known)] == list(CONTRAST)
    assert len(known) == 1
    page.close()


@contextmanager
def visitor(still: Still, browser: Browser, login: str, language: str = "ru") -> Iterator[Page]:
    """A window of somebody who is signed in; the browser has nothing to complain of."""
    context = still.context(browser, login, language, viewport=DESK)
    with watched_page(context) as page:
        yield page
    context.close()


def seen(page: Page, go: Go) -> list[str]:
    """What is wrong with what is shown: each rule once, the contrast of its kinds in other colours, other widths."""
    page.set_viewport_size(DESK)
    page.emulate_media(**LIGHT)
    found = faults_of(go()) + violations(page)
    for name, colours in {"dark": DARK, "forced": FORCED}.items():
        page.emulate_media(**colours)
        found += [f"{name}: {one}" for one in contrast(page, WELL[name])]
    return found + narrow(page) + violations(page, *ROOM)


def narrow(page: Page, widths: Sequence[int] = WIDTHS) -> list[str]:
    """Where it is too wide; the last width stays."""
    return [f"{extra} px too wide at {width} px" for width in widths if (extra := too_wide(page, width)) > 0]


def seen_in_full(page: Page, go: Go) -> list[str]:
    """Every rule in every width, and in every colour of each width the rules that judge colours."""
    page.emulate_media(**LIGHT)
    page.set_viewport_size(DESK)
    found = faults_of(go()) + violations(page, rows=1000)
    for width in (DESK["width"], *WIDTHS):
        found += narrow(page, (width,)) + [f"{width}: {one}" for one in violations(page)]
        for name, colours in COLOURS.items():
            page.emulate_media(**colours)
            found += [f"{name} {width}: {one}" for one in violations(page, *COLOURED)]
        page.emulate_media(**LIGHT)
    return found


def opened(page: Page, address: str, *, refused: bool = False) -> str:
    """Go there; answers the HTML as it was sent."""
    answer = page.goto(address)
    assert answer
    assert answer.ok is not refused, f"{address} answers {answer.status}"
    return answer.text()


def look_around(
    still: Still, browser: Browser, login: str, addresses: Sequence[str], *, refused: bool = False
) -> Found:
    """Everything that is wrong with these pages."""
    found: Found = {}
    for language in LANGUAGES:
        with visitor(still, browser, login, language) as page:
            for pattern in addresses:
                go = partial(opened, page, still.address + still.named(pattern), refused=refused)
                found[f"{language} {pattern}"] = _on(page, language, go)
    return {place: faults for place, faults in found.items() if faults}


def _on(page: Page, language: str, go: Go) -> list[str]:
    if FULL:
        return seen_in_full(page, go)
    if language == LANGUAGES[0]:
        return seen(page, go)
    go()  # other words are as long as they are; what they are on is the same
    return narrow(page, WIDTHS[-1:])


def test_every_page_is_on_the_tour(still: Still) -> None:
    patterns = [*tour.ADMIN, *tour.DIALOGS, *tour.ERRORS, *(address for _, address in tour.SELF_SERVICE)]
    visited = {_endpoint(still.app, still.named(pattern)) for pattern in patterns} - {""}
    answering = {rule.endpoint for rule in still.app.url_map.iter_rules() if "GET" in (rule.methods or set())}
    assert answering - visited - tour.NO_PAGE.keys() == {"broken"} - visited, "add the page to tests/e2e/tour.py"
    assert tour.NO_PAGE.keys() <= answering


def _endpoint(app: Flask, address: str) -> str:
    try:
        return str(app.url_map.bind("").match(address.partition("?")[0])[0])
    except HTTPException:  # what is nowhere, or is only sent to
        return ""


@pytest.mark.parametrize("part", tour.CONSOLE)
def test_no_page_of_the_console_has_a_fault(still: Still, browser: Browser, part: str) -> None:
    assert look_around(still, browser, "admin", tour.CONSOLE[part]) == {}


def test_no_page_of_self_service_has_a_fault(still: Still, browser: Browser) -> None:
    found: Found = {}
    for login, stops in itertools.groupby(tour.SELF_SERVICE, key=lambda stop: stop[0]):
        found |= look_around(still, browser, login, [address for _, address in stops])
    assert found == {}


def test_no_error_has_a_fault(still: Still, browser: Browser) -> None:
    found: Found = {}
    others = {"auditor": ["/admin/accounts/new"], "a.smirnova": ["/my/devices/999999"], "": ["/nothing"]}
    for login, addresses in {"admin": tour.ERRORS, **others}.items():
        found |= look_around(still, browser, login, addresses, refused=True)
    assert found == {}


def look_into_dialogs(still: Still, browser: Browser) -> Found:
    """Everything that is wrong with the states of the dialog; their streams may break off, so nobody watches."""
    found: Found = {}
    for language in LANGUAGES:
        page = still.context(browser, "admin", language, viewport=DESK).new_page()
        opened(page, f"{still.address}/admin/updates")
        for pattern in tour.DIALOGS:
            found[f"{language} {pattern}"] = _in_dialog(page, language, still.named(pattern))
        page.context.close()
    return {place: faults for place, faults in found.items() if faults}


def test_no_state_of_the_dialog_has_a_fault(still: Still, browser: Browser) -> None:
    assert look_into_dialogs(still, browser) == {}


def _in_dialog(page: Page, language: str, address: str) -> list[str]:
    def go() -> str:
        page.evaluate("address => htmx.ajax('GET', address, {target: '#dialogs'})", address)
        expect(page.locator("dialog[open] .dialog__body")).to_be_visible()
        return page.content()

    return _on(page, language, go)


def test_what_is_folded_away_has_no_fault(still: Still, browser: Browser) -> None:
    found: Found = {}
    for login, pattern in tour.FOLDED:
        with visitor(still, browser, login) as page:
            opened(page, still.address + still.named(pattern))
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found[pattern] = violations(page) + narrow(page) + violations(page, *ROOM)
            page.emulate_media(**DARK)
            found[pattern] += violations(page, *CONTRAST)
    assert {place: faults for place, faults in found.items() if faults} == {}


def test_a_toast_has_no_fault(still: Still, browser: Browser) -> None:
    found: Found = {}
    with visitor(still, browser, "admin") as page:
        opened(page, f"{still.address}/admin/updates")
        page.evaluate("htmx.ajax('GET', '/broken/409', {target: '#dialogs'})")
        expect(page.get_by_role("alert")).to_be_visible()
        for name, colours in {"light": LIGHT, "dark": DARK, "forced": FORCED}.items():
            page.emulate_media(**colours)
            found[name] = violations(page)
        found["narrow"] = narrow(page) + violations(page, *ROOM)
    assert {place: faults for place, faults in found.items() if faults} == {}
