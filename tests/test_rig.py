"""The rig itself: its parts are real, private and stopped."""

import os
import socket
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from playwright.sync_api import Page

from tests.support.clock import NOON, FrozenClock
from tests.support.native import Compiler
from tests.support.network import OutsideError
from tests.support.processes import RigError, find_program, start, sweep_folders, temporary_folder
from tests.support.servers import Postgres, Valkey, valkey
from tests.support.tokens import SoftHsm
from tests.support.waiting import LONGEST, SHORTEST, pause_after


def test_no_test_reaches_another_machine() -> None:
    with socket.socket() as outside, pytest.raises(OutsideError):
        outside.connect(("192.0.2.1", 80))


def test_valkey_answers_and_is_empty(queue_server: Valkey) -> None:
    with queue_server.client() as client:
        assert client.dbsize() == 0
        assert client.set("key", "value")


def test_valkey_keeps_its_data_when_asked_to(tmp_path: Path) -> None:
    with valkey(tmp_path, append_only=True) as first, first.client() as client:
        client.set("key", "value")
    with valkey(tmp_path, append_only=True) as second, second.client() as client:
        assert client.get("key") == b"value"
    assert not second.socket.exists()


def test_each_test_has_its_own_database(postgres: Postgres) -> None:
    with postgres.database() as one, postgres.database() as two:
        for url in (one, two):
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                connection.execute("CREATE TABLE person (id int)")


def test_a_token_is_made_pulled_and_plugged(hsm: SoftHsm) -> None:
    serial = hsm.init_token("first")
    assert hsm.init_token("second") != serial
    seen = [str(find_program("pkcs11-tool")), "--module", str(hsm.module), "--list-token-slots"]
    assert serial in subprocess.run(seen, capture_output=True, text=True, check=True, timeout=180).stdout
    hsm.pull(serial)
    assert serial not in subprocess.run(seen, capture_output=True, text=True, check=True, timeout=180).stdout
    hsm.plug(serial)
    assert serial in subprocess.run(seen, capture_output=True, text=True, check=True, timeout=180).stdout


def test_a_module_is_compiled_once(compiler: Compiler, tmp_path: Path) -> None:
    source = tmp_path / "answer.c"
    source.write_text("#include <p11-kit/pkcs11.h>\nCK_RV answer(void);\nCK_RV answer(void) { return CKR_OK; }\n")
    built = compiler.module(source, "p11-kit-1")
    made = built.stat().st_mtime_ns
    assert compiler.module(source, "p11-kit-1").stat().st_mtime_ns == made
    source.write_text("not C")
    with pytest.raises(RigError):
        compiler.module(source)


def test_a_server_ends_with_its_owner(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as owner:
        server = start(["sleep", "600"], tmp_path / "log", owner=owner.pid)
        assert server.guardian.poll() is None
        owner.communicate(b"\n")
    assert server.guardian.wait(120) != 0


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    server = start(["sh", "-c", "echo no such luck; exit 3"], tmp_path / "log")
    with pytest.raises(RigError, match="no such luck"):
        server.wait_until(lambda: False)


def test_a_missing_program_fails_loudly() -> None:
    with pytest.raises(RigError, match="bin/setup"):
        find_program("no-such-program-anywhere")


def test_the_clock_stands_still(clock: FrozenClock) -> None:
    assert clock.now() == clock.now() == NOON
    assert (clock.advance(days=1) - NOON).days == 1


def test_no_setting_leaks_in_from_outside() -> None:
    assert not [name for name in os.environ if name.startswith("KLYUCHNIK_")]


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        # an icon of its own: the browser asks for none while the server goes away
        self.wfile.write('<!doctype html><title>да</title><link rel="icon" href="data:,">'.encode())

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.mark.e2e
def test_a_real_browser_shows_a_page_of_this_machine(page: Page) -> None:
    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        assert page.title() == "да"
        server.shutdown()


def test_what_a_killed_run_left_is_swept_away() -> None:
    make = "from tests.support.processes import temporary_folder as t; print(t('kly-left-'), flush=True); input()"
    ours = temporary_folder("kly-kept-")
    command = [sys.executable, "-c", make]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        left = Path(owner.stdout.readline().strip())
        assert left.is_dir()
        owner.communicate("\n")
    sweep_folders()
    assert not left.exists()
    assert ours.is_dir()
    ours.rmdir()


def test_who_waits_long_asks_seldom() -> None:
    assert pause_after(0) == SHORTEST
    assert SHORTEST < pause_after(1) < pause_after(1.5) < LONGEST
    assert pause_after(60) == LONGEST
