"""The signing process and its client come and go: starts, restarts, the guard, silence and nonsense."""

import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from portal.connectors.smev.signature import signed_info
from portal.connectors.smev.signers.sidecar import SidecarSigner
from portal.domain.errors import OutsideUnavailable
from portal.ports.signer import Strength, Trust
from portal.sidecar import wire
from portal.sidecar.server import SignServer
from portal.sidecar.service import Service
from tests.support.gost import (
    GostPeople,
    der,
    sign_service,
    soon,
)
from tests.support.processes import start

INFO = signed_info("ID", b"d" * 32, Strength.GOST_256)
SMALL, LARGE = Strength.GOST_256, Strength.GOST_512


def test_the_client_survives_a_restart_of_the_service(people: GostPeople) -> None:
    with sign_service(people.folder / "r", people.portal) as first:
        value = first.sign(INFO)
        path = first.path
        survivor = SidecarSigner(path)
        assert survivor.digest(b"", SMALL)
    assert not path.exists()
    assert not survivor.health().ready
    with sign_service(people.folder / "r", people.portal):
        assert survivor.verify(INFO, signature=value, certificate=der(people.portal), strength=SMALL)
    survivor.close()


def test_a_service_started_anew_with_another_key_is_asked_who_it_is(people: GostPeople, tmp_path: Path) -> None:
    path = tmp_path / "s"
    survivor = SidecarSigner(path)
    for who, strength in ((people.portal, SMALL), (people.strong, LARGE)):
        command: list[str | Path] = [sys.executable, "-m", "portal.sidecar", "--socket", path, "--key", who.key]
        running = start([*command, "--certificate", who.certificate], tmp_path / "log")
        try:
            running.wait_until(path.exists)
            assert survivor.digest(b"", SMALL)
            assert (survivor.strength, survivor.certificate()) == (strength, der(who))
        finally:
            running.stop()
    survivor.close()


def test_nobody_there(tmp_path: Path) -> None:
    nobody = SidecarSigner(tmp_path / "nothing")
    with pytest.raises(OutsideUnavailable) as unavailable:
        nobody.sign(INFO)
    assert not unavailable.value.permanent
    assert not nobody.health().ready


def test_a_service_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        assert not SidecarSigner(tmp_path / "silent", patience=0.2).health().ready


class _Digests:
    """Only what the guard's test asks."""

    def digest(self, data: bytes, bits: int) -> bytes:
        return bytes(bits // 8)


@pytest.mark.parametrize("known", [True, False])
def test_only_known_users_may_speak(tmp_path: Path, known: bool) -> None:
    server = SignServer(tmp_path / "guarded", Service(_Digests(), b"certificate"))  # type: ignore[arg-type]
    server.allowed = server.allowed if known else frozenset({4_000_000})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    asking = SidecarSigner(tmp_path / "guarded")
    try:
        if known:
            assert asking.digest(b"", SMALL) == bytes(32)
            assert asking.trust(b"", soon()) is Trust.NOT_ASKED
        else:
            with pytest.raises(OutsideUnavailable):
                asking.digest(b"", SMALL)
    finally:
        asking.close()
        server.shutdown()
        thread.join(120)
        server.server_close()
    assert (tmp_path / "guarded").stat().st_mode & 0o077 == 0


def started(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "portal.sidecar", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)


def test_what_it_refuses_to_start_with(people: GostPeople, tmp_path: Path) -> None:
    path, key, certificate = tmp_path / "s", people.portal.key, people.portal.certificate
    loose = tmp_path / "loose.key"
    loose.write_bytes(key.read_bytes())
    loose.chmod(0o644)
    broken = tmp_path / "broken.key"
    broken.write_text("no key")
    broken.chmod(0o600)
    cases = [
        ((key, people.smev.certificate), "not for this key"),
        ((loose, certificate), "chmod 600"),
        ((broken, certificate), "OpenSSL refused"),
        ((tmp_path / "none", certificate), "No such file"),
        ((key, certificate, "--trust", tmp_path / "none"), "is not there"),
    ]
    for (one, other, *more), said in cases:
        done = started("--socket", path, "--key", one, "--certificate", other, *more)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr
    assert not path.exists()
    path.write_text("somebody's file")
    done = started("--socket", path, "--key", key, "--certificate", certificate)
    assert (done.returncode, path.read_text()) == (1, "somebody's file")


def test_a_socket_left_by_a_killed_service_is_replaced(people: GostPeople) -> None:
    folder = people.folder / "left"
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(folder / "portal.socket"))
    assert not SidecarSigner(folder / "portal.socket").health().ready
    command: list[str | Path] = [sys.executable, "-m", "portal.sidecar", "--socket", folder / "portal.socket"]
    running = start([*command, "--key", people.portal.key, "--certificate", people.portal.certificate], folder / "log")
    try:
        running.wait_until(lambda: SidecarSigner(folder / "portal.socket").health().ready)
        assert [path.name for path in folder.iterdir() if path.is_socket()] == ["portal.socket"]
    finally:
        running.stop()


def test_the_line_is_bounded() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(b"\x01" + (wire.LIMIT + 1).to_bytes(4, "big"))
        with pytest.raises(wire.Broken, match="too long"):
            wire.receive(here)
        there.sendall(bytes([wire.PARTS + 1]))
        with pytest.raises(wire.Broken, match="too many"):
            wire.receive(here)


@pytest.mark.parametrize("answer", [b"\x01\x00\x00\x00\x02ok", b"\x01\x00\x00", b""])
def test_a_service_that_speaks_otherwise_or_hangs_up_is_given_up(tmp_path: Path, answer: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "odd"))
        listening.listen()
        odd = threading.Thread(target=_say, args=(listening, answer))
        odd.start()
        assert not SidecarSigner(tmp_path / "odd", patience=5).health().ready
    odd.join(120)


def _say(listening: socket.socket, answer: bytes) -> None:
    """Say it to everybody who comes, twice at most."""
    listening.settimeout(0.5)
    for _ in range(2):
        try:
            speaking, _ = listening.accept()
        except OSError:
            return
        with speaking:
            speaking.recv(1000)
            speaking.sendall(answer)


def test_the_command_line_becomes_the_service(people: GostPeople) -> None:
    command = [sys.executable, "-m", "portal.cli.main", "sign-service", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0
    assert "--allow-user" in done.stdout
