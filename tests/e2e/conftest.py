"""One demonstration for all tests that only use it: real tokens, a real CA, workers, a real browser."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.acceptance.conftest import origin
from tests.support.browser import watched_page
from tests.support.ports import free_port
from tests.support.processes import temporary_folder

__all__ = ["live", "origin", "visit"]

READY: Final = "Ctrl-C stops everything"
PIN: Final = re.compile(r"^  \(PIN\) +(\S+)", re.MULTILINE)
LOGIN: Final = r"^  (\S*{name}\S*) +(\S+) +{role}$"
ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 300


@dataclass(frozen=True, slots=True)
class Live:
    """A running demonstration, and what it told at its start."""

    address: str
    data: Path
    told: str

    @property
    def pin(self) -> str:
        """The user PIN of every token."""
        return _found(PIN, self.told).group(1)

    def login(self, role: str) -> tuple[str, str]:
        """Login and password of somebody with this role; of one of several, by the name after a colon."""
        kind, _, name = role.partition(":")
        login, password = _found(re.compile(LOGIN.format(name=name, role=kind), re.MULTILINE), self.told).groups()
        return login, password

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command line on this demonstration."""
        command = [sys.executable, "-m", "portal.cli.main", "--data", str(self.data), *arguments]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=180, cwd=ROOT, check=False)

    def ask(self, *arguments: str) -> Any:
        """What the command line answers in JSON."""
        done = self.command("--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def device_of(self, holder: str) -> dict[str, Any]:
        """The real token of somebody, as the list shows it."""
        found = [one for one in self.ask("devices", "list", "--search", holder) if one["type"] == "SoftHSM"]
        return dict((found or self.ask("devices", "list", "--search", holder))[0])


@pytest.fixture(scope="package")
def live(origin: Path) -> Iterator[Live]:
    """The demonstration, running as at its second start: the data were made before."""
    folder = temporary_folder("kly-live-")
    shutil.copytree(origin, folder / "data")
    told = folder / "told.txt"
    port = free_port()
    command = [sys.executable, "-m", "portal.supervisor", "--port", str(port), "--data", str(folder / "data")]
    with told.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=ROOT)
    try:
        _wait_until(lambda: READY in told.read_text() or process.poll() is not None)
        assert process.poll() is None, told.read_text()
        yield Live(f"http://127.0.0.1:{port}", folder / "data", told.read_text())
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def visit(browser: Browser, live: Live) -> Iterator[Callable[..., Page]]:
    """Open a browser profile of its own and sign in; complaints of the browser fail the test."""
    opened: list[tuple[BrowserContext, Any]] = []

    def sign_in(role: str = "administrator", **options: Any) -> Page:
        settings = {"locale": "ru-RU", "viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(**settings)
        watched = watched_page(context)
        page = watched.__enter__()
        opened.append((context, watched))
        login, password = live.login(role)
        page.goto(f"{live.address}/sign-in")
        page.fill("[name=login]", login)
        page.fill("[name=password]", password)
        page.click("button[type=submit]")
        page.wait_for_url("**/my/" if role.startswith("employee") else "**/admin/")
        return page

    yield sign_in
    for context, watched in opened:
        watched.__exit__(None, None, None)
        context.close()


def _wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < deadline:
        time.sleep(0.1)


def _found(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.search(text)
    assert found, text
    return found
