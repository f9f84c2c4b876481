"""One stack for all triggers of a process, a signed-in administrator, and employees who sign in themselves."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, StorageState, ViewportSize

from tests.acceptance.installation import Variation, prepare, running
from tests.acceptance.worker import VARIABLE, Orders
from tests.e2e.triggers.office import Office
from tests.e2e.triggers.seats import LOGON, OREKHOV, PANOVA, RYBIN, Seat
from tests.e2e.triggers.seed import ADMIN, EMPLOYEE
from tests.support.browser import watched_page
from tests.support.processes import temporary_folder

SIZE: Final[ViewportSize] = {"width": 1280, "height": 900}
Employee = Callable[[Seat], Page]


@pytest.fixture(scope="package")
def office() -> Iterator[Office]:
    """Everything real: web, workers that obey, presence, tokens, authority, queue."""
    folder = temporary_folder("kly-trig-")
    orders = Orders(folder / "orders")
    orders.folder.mkdir()
    variation = Variation(worker="tests.acceptance.worker", env={VARIABLE: str(orders.folder)}, workers=2)
    began = time.monotonic()
    try:
        prepare(folder / "origin", "tests.e2e.triggers.seed")
        pace = time.monotonic() - began
        with running(folder / "origin", folder / "data", variation) as installation:
            made = Office(installation, orders, pace)
            for seat in (OREKHOV, PANOVA):  # long before they are looked at: lists are asked for every half minute
                made.revoke(made.certificate(seat, LOGON.name), "keyCompromise")
            made.revoke(made.certificate(RYBIN, LOGON.name), "certificateHold")
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="package")
def signed_in(browser: Browser, office: Office) -> StorageState:
    """The administrator's cookies: signing in is tested elsewhere."""
    context = browser.new_context(locale="ru-RU")
    with watched_page(context) as page:
        _sign_in(page, office, ADMIN.login, ADMIN.password)
        page.wait_for_url("**/admin/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page of its own browser profile; whatever the browser complains of fails the test."""
    with ExitStack() as stack:

        def opened(**options: Any) -> Page:
            context = browser.new_context(locale="ru-RU", viewport=SIZE, reduced_motion="reduce", **options)
            stack.callback(context.close)
            return stack.enter_context(watched_page(context))

        yield opened


@pytest.fixture
def admin(open_page: Callable[..., Page], signed_in: StorageState) -> Page:
    """The administrator's page."""
    return open_page(storage_state=signed_in)


@pytest.fixture
def employee(open_page: Callable[..., Page], office: Office) -> Employee:
    """Sign somebody in to self-service."""

    def signed_in(seat: Seat) -> Page:
        page = open_page()
        _sign_in(page, office, seat.role.login, EMPLOYEE)
        page.wait_for_url("**/my/")
        return page

    return signed_in


def _sign_in(page: Page, office: Office, login: str, password: str) -> None:
    page.goto(office.address("/sign-in"))
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("button[type=submit]")
