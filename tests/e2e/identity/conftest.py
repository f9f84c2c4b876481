"""One product and one stand of СМЭВ for all identity checks of a process, and people who sign in to it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from portal.bootstrap import build
from tests.acceptance.installation import Variation, prepare, running
from tests.e2e.identity.bureau import Bureau
from tests.e2e.identity.seats import Seat, Side
from tests.e2e.identity.seed import EMPLOYEE, OPERATOR
from tests.e2e.identity.walk import Walk
from tests.support.browser import watched_page
from tests.support.processes import temporary_folder
from tests.support.smev_stand import running_stand

PATIENCE: Final = 120_000  # bounds a broken page: a busy machine is no failure
SIZE: Final[ViewportSize] = {"width": 1280, "height": 900}
#: A PIN lives for as long as a busy machine may take; that one has ended is arranged by those who look at it.
LONG_LIVED: Final = {"KLYUCHNIK_PIN_TICKET_LIFE": "60"}


@pytest.fixture(scope="package")
def bureau() -> Iterator[Bureau]:
    """Everything real: web, worker, poller, tokens, authority, queue, and the stand over its adapter."""
    folder = temporary_folder("kly-smev-")
    try:
        with running_stand(folder / "stand") as stand:
            prepare(folder / "origin", "tests.e2e.identity.seed")
            with running(folder / "origin", folder / "data", Variation(env=LONG_LIVED)) as installation:
                portal = build(installation.settings)
                with portal.database:
                    made = Bureau(installation, stand, portal)
                    made.connect()
                    yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def walk(browser: Browser, bureau: Bureau) -> Iterator[Callable[[Seat], Walk]]:
    """Sign in who updates this token; whatever the browser complains of fails the test."""
    expect.set_options(timeout=PATIENCE)
    with ExitStack() as stack:

        def begun(seat: Seat) -> Walk:
            context = browser.new_context(locale="ru-RU", viewport=SIZE, reduced_motion="reduce")
            stack.callback(context.close)
            page = stack.enter_context(watched_page(context))
            page.set_default_timeout(PATIENCE)
            _sign_in(page, bureau, seat)
            return Walk(page, bureau, seat)

        yield begun


def _sign_in(page: Page, bureau: Bureau, seat: Seat) -> None:
    own = seat.side is Side.OWN
    page.goto(bureau.address("/sign-in"))
    page.fill("[name=login]", seat.role.login if own else OPERATOR.login)
    page.fill("[name=password]", EMPLOYEE if own else OPERATOR.password)
    page.click("button[type=submit]")
    page.wait_for_url("**/my/" if own else "**/admin/")
