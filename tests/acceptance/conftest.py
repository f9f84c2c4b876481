"""Installations for the acceptance of the whole product: data made once for a run, copied for each."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page

from tests.acceptance.installation import Installation, Variation, prepare, running
from tests.support.browser import watched_page
from tests.support.ports import free_port
from tests.support.processes import temporary_folder

#: Enough people and devices for pages and filters; all that bin/demo makes are counted in tests/seed.
BESIDES: Final = "300"
NewInstallation = Callable[[Variation], AbstractContextManager[Installation]]
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def origin(run_folder: Path) -> Path:
    """The demonstration's data, made by the first process of this run that asks."""
    made, ready = run_folder / "origin", run_folder / "origin.ready"
    with (run_folder / "origin.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            prepare(made, "portal.supervisor.prepare", str(free_port()), BESIDES)  # no stand listens there
            ready.touch()
    return made


@pytest.fixture(scope="session")
def new_installation(origin: Path) -> NewInstallation:
    """Start an installation of a test's own."""

    @contextmanager
    def made(variation: Variation) -> Iterator[Installation]:
        with running(origin, temporary_folder("kly-acc-") / "data", variation) as installation:
            yield installation

    return made


@pytest.fixture(scope="package")
def installation(new_installation: NewInstallation) -> Iterator[Installation]:
    """An installation as the demo runs it, shared by all tests that break nothing; each has its own devices there."""
    with new_installation(Variation(agents=True)) as made:
        yield made


@pytest.fixture
def visit(browser: Browser, installation: Installation) -> Iterator[Visit]:
    """Sign in with a browser profile of its own; whatever the browser complains of fails the test."""
    with ExitStack() as stack:

        def sign_in(role: str = "administrator", **options: Any) -> Page:
            context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 900}, **options)
            stack.callback(context.close)
            page = stack.enter_context(watched_page(context))
            login, password = installation.login(role)
            page.goto(f"{installation.address}/sign-in")
            page.fill("[name=login]", login)
            page.fill("[name=password]", password)
            page.click("button[type=submit]")
            page.wait_for_url("**/admin/")
            return page

        yield sign_in
