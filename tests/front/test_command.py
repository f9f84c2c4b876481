"""The front as a command."""

import signal
import sys
from pathlib import Path

import httpx
import pytest

from portal.front.__main__ import main
from tests.support.fronts import data_of
from tests.support.ports import free_port
from tests.support.processes import start
from tests.support.servers import Valkey
from tests.support.source_tree import ROOT


def test_without_a_port_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLYUCHNIK_DATA_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match="KLYUCHNIK_WAKE_PORT"):
        main()


def test_who_only_holds_waiting_workstations_needs_no_master_key(tmp_path: Path, queue_server: Valkey) -> None:
    port = free_port()
    env = {**data_of(tmp_path, queue_server.url), "KLYUCHNIK_WAKE_PORT": str(port), "PYTHONPATH": str(ROOT)}
    command = [
        "/usr/bin/env",
        *(f"{name}={value}" for name, value in env.items()),
        sys.executable,
        "-m",
        "portal.front",
    ]
    process = start(command, tmp_path / "log", stop_signal=signal.SIGTERM)
    try:
        process.wait_until(lambda: _healthy(port))
        answer = httpx.get(f"http://127.0.0.1:{port}/agent/v1/wake", trust_env=False)
        assert answer.json()["error"]["code"] == "agent_certificate_missing"
    finally:
        process.stop()
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["front.key"]


def _healthy(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False
