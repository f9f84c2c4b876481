"""The stand from the command line."""

import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "portal.cli.main", "stand", "smev", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_it_tells_its_options() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert "klyuchnik stand smev" in done.stdout
    assert "--book" in done.stdout


@pytest.mark.parametrize(
    "book", ['[{"surname": "Ёлкина", "shoes": "42"}]', '[{"who": "x", "ending": "nonsense"}]', "[{}]", "?"]
)
def test_a_book_it_cannot_read_is_told(tmp_path: Path, book: str) -> None:
    path = tmp_path / "book.json"
    path.write_text(book)
    done = run("--port", "0", "--data", str(tmp_path / "keys"), "--book", str(path))
    assert done.returncode == 1
    assert done.stderr.startswith("stand smev: ")
