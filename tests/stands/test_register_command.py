"""The stand of registers and the conformance test from the command line."""

import json
import os
import re
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.stands import stand
from portal.stands.registers.__main__ import main
from tests.support.processes import start
from tests.support.waiting import PATIENCE

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def test_it_plays_what_it_was_asked_for_and_keeps_its_keys(tmp_path: Path) -> None:
    log, data = tmp_path / "log", tmp_path / "data"
    command = [sys.executable, "-m", "portal.stands.registers", "--port", "0", "--kind", "indeed", "--data", str(data)]
    running = start(command, log)
    try:
        running.wait_until(lambda: "certificate to sign in with" in log.read_text())
        said = log.read_text()
        page = re.search(r"page and control: (http://\S+)", said)
        assert page
        with OPENER.open(f"{page[1]}control/state", timeout=PATIENCE) as answer:
            assert json.load(answer)["faces"] == ["indeed"]
        assert "https://127.0.0.1" in said
        assert json.loads((data / "access.json").read_text())["mode_id"]
        assert (data / "access.json").stat().st_mode & 0o077 == 0
    finally:
        running.stop()


def test_what_stands_in_its_way_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "access.json").write_text("{")
    monkeypatch.setattr("sys.argv", ["registers", "--port", "0", "--data", str(tmp_path)])
    assert main() == 1
    assert capsys.readouterr().err.startswith("stand registers: ")


@pytest.mark.parametrize("name", ["smev", "registers", "conform"])
def test_the_command_line_becomes_the_stand(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    became = list[list[str]]()
    monkeypatch.setattr(os, "execv", lambda _path, command: became.append(command))
    assert CliRunner().invoke(stand, [name, "--help", "--port", "1"]).exit_code == 0
    assert became == [[sys.executable, "-m", f"portal.stands.{name}", "--help", "--port", "1"]]
