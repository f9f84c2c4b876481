"""What bin/demo says when it cannot start: one line that names the cause and the way out, never a traceback."""

import socket
import subprocess
import sys
from pathlib import Path

from portal.supervisor.place import Place
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]


def refused(*arguments: str) -> str:
    """What is said by a start that must fail."""
    command = [sys.executable, "-m", "portal.supervisor", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_folder_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refused("--data", str(tmp_path / "file" / "data"), "--port", str(free_port()))
    assert "cannot be used (Not a directory); choose another folder with --data" in said


def test_a_folder_nobody_can_make() -> None:
    said = refused("--data", "/proc/klyuchnik", "--port", str(free_port()))
    assert "/proc/klyuchnik cannot be used (" in said


def test_a_second_start_on_the_same_data_and_port(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    place.make()
    with place.lock(), socket.create_server(("127.0.0.1", 0)) as occupant:
        said = refused("--data", str(place.folder), "--port", str(occupant.getsockname()[1]))
    assert "is in use by another bin/demo" in said


def test_an_address_that_is_not_of_this_machine(tmp_path: Path) -> None:
    said = refused("--data", str(tmp_path / "data"), "--host", "192.0.2.1", "--port", str(free_port()))
    assert "choose an address of this machine with bin/demo --host" in said
    assert not (tmp_path / "data").exists()


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        said = refused("--data", str(tmp_path / "data"), "--port", str(occupant.getsockname()[1]))
    assert "choose another port with bin/demo --port" in said
