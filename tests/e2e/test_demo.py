"""bin/demo as a person meets it: started, signed in to, wounded, stopped, started again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from portal.supervisor.processes import session_members
from tests.support.guardian import alive
from tests.support.ports import free_port
from tests.support.processes import temporary_folder

pytestmark = pytest.mark.e2e

READY: Final = "Ctrl-C stops everything"
LOGIN: Final = re.compile(r"^  (\S+) +(\S+) +administrator", re.MULTILINE)
ROOT: Final = Path(__file__).parents[2]
PATIENCE: Final = 300


class Demo:
    """One start of the demonstration, with what it told."""

    def __init__(self, folder: Path, port: int, *arguments: str) -> None:
        self.address = f"http://127.0.0.1:{port}/"
        self.told = folder / f"told-{time.monotonic_ns()}.txt"
        command = [sys.executable, "-m", "portal.supervisor", "--port", str(port), "--data", str(folder / "data")]
        with self.told.open("wb") as output:
            self.process = subprocess.Popen([*command, *arguments], stdout=output, stderr=output, cwd=ROOT)

    @property
    def text(self) -> str:
        return self.told.read_text()

    def wait_until_ready(self) -> None:
        assert eventually(lambda: READY in self.text or self.process.poll() is not None), self.text
        assert self.process.poll() is None, self.text

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(120)


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def demo(folder: Path, port: int, *arguments: str) -> Iterator[Demo]:
    started = Demo(folder, port, *arguments)
    try:
        started.wait_until_ready()
        yield started
    finally:
        if started.process.poll() is None:
            started.interrupt()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def descendants(pid: int) -> list[int]:
    """Every process the supervisor is answerable for: its children, and what they started."""
    return [member for child in children(pid) for member in session_members(child)]


def sign_in(page: Page, started: Demo) -> None:
    found = LOGIN.search(started.text)
    assert found, started.text
    page.goto(started.address)
    page.locator("input[name=login]").fill(found[1])
    page.locator("input[name=password]").fill(found[2])
    page.locator("form button").first.click()
    expect(page.locator("nav")).not_to_have_count(0)


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder("kly-demo-")
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_the_demonstration_starts_survives_and_keeps_its_data(folder: Path, page: Page) -> None:
    port = free_port()
    with demo(folder, port) as first:
        sign_in(page, first)
        assert eventually(lambda: "klyuchnik-agent enroll" in first.text)  # all that is started once has been
        wounded = children(first.process.pid)[-1]
        os.kill(wounded, signal.SIGKILL)
        assert eventually(lambda: "starts again" in first.text)
        processes = [wounded, *descendants(first.process.pid)]
        assert first.interrupt() == 0
    assert eventually(lambda: not any(map(alive, processes)))
    with demo(folder, port) as second:
        page.goto(second.address)  # the session of before is data, too
        expect(page.locator("nav")).not_to_have_count(0)
        assert LOGIN.findall(second.text) == LOGIN.findall(first.text)


def test_a_busy_port_is_told_before_anything_is_made(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        refused = Demo(folder, occupant.getsockname()[1])
        assert refused.process.wait(120) != 0
    assert "--port" in refused.text
    assert not (folder / "data").exists()
