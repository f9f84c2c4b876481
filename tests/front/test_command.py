"""The front as a command."""

import signal
import socket
import sys
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from portal.front.__main__ import main
from tests.support.fronts import data_of
from tests.support.ports import free_port
from tests.support.processes import Guarded, start
from tests.support.servers import Valkey
from tests.support.source_tree import ROOT


def test_without_a_port_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="KLYUCHNIK_WAKE_PORT"):
        main()


def test_who_only_holds_waiting_workstations_needs_no_master_key(tmp_path: Path, queue_server: Valkey) -> None:
    port = free_port()
    process = _front(tmp_path, queue_server, port)
    try:
        process.wait_until(lambda: _healthy(port))
        answer = httpx.get(f"http://127.0.0.1:{port}/agent/v1/wake", trust_env=False)
        assert answer.json()["error"]["code"] == "agent_certificate_missing"
    finally:
        process.stop()
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["front.key"]


def test_more_workstations_wait_than_a_service_may_open_files_at_first(tmp_path: Path, queue_server: Valkey) -> None:
    port = free_port()
    process = _front(tmp_path, queue_server, port, "prlimit", "--nofile=64:1024")
    try:
        process.wait_until(lambda: _healthy(port))
        with ExitStack() as held:
            for _ in range(100):
                held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            assert _healthy(port)
    finally:
        process.stop()


def _front(folder: Path, queue: Valkey, port: int, *within: str) -> Guarded:
    env = {**data_of(folder, queue.url), "KLYUCHNIK_WAKE_PORT": str(port), "PYTHONPATH": str(ROOT)}
    said = (f"{name}={value}" for name, value in env.items())
    command = [*within, "/usr/bin/env", *said, sys.executable, "-m", "portal.front"]
    return start(command, folder / "log", stop_signal=signal.SIGTERM)


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
