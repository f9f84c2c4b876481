"""The folder a demonstration lives in: made, recognised, locked, and emptied only when it is ours."""

import fcntl
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

PROJECT: Final = Path(__file__).resolve().parents[2]
MARK: Final = ".klyuchnik-demo"
SOCKET_ROOM: Final = 80  # of the 107 bytes the kernel allows for the whole path of a socket
SOFTHSM_CONF: Final = (
    "directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
    "slots.removable = false\nslots.mechanisms = ALL\nlibrary.reset_on_fork = false\n"
)


class PlaceError(Exception):
    """This folder cannot be used, and why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A demonstration's folder."""

    folder: Path

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def softhsm_conf(self) -> Path:
        return self.folder / "softhsm" / "softhsm2.conf"

    @property
    def workstation(self) -> Path:
        """What belongs to the workstation of the demonstration: its tokens, its agent, how that comes in."""
        return self.folder / "workstation"

    @property
    def logins(self) -> Path:
        """Written when the demonstration data is complete."""
        return self.folder / "logins.json"

    @property
    def run(self) -> Path:
        """Where sockets are: in the folder, or, when its path is too long for one, in a short folder of its own."""
        inside = self.folder / "run"
        if len(os.fsencode(inside)) <= SOCKET_ROOM:
            return inside
        digest = sha256(os.fsencode(self.folder)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"klyuchnik-{os.getuid()}-{digest}"

    def prepared(self) -> bool:
        """Whether the data is complete and fits this code, so that a start need not ask the database."""
        note = self._prepared_note
        return self.logins.exists() and note.exists() and note.read_text() == _migrations_digest()

    def note_prepared(self) -> None:
        """Remember which migrations the data has seen."""
        self._prepared_note.write_text(_migrations_digest())

    def stand_port(self) -> int:
        """The port of the stand: the one it had, or, when somebody has taken that, another that is free now."""
        return self._stand_port("stand")

    def registers_port(self) -> int:
        """The port of the stand of registers of devices, chosen in the same way."""
        return self._stand_port("registers")

    def _stand_port(self, name: str) -> int:
        port, same = self._port(name)
        if not same:
            self._prepared_note.unlink(missing_ok=True)  # where the stand is lies in the database
        return port

    def agents_port(self) -> int:
        """The port for agents, chosen in the same way."""
        return self._port("agents")[0]

    def _port(self, name: str) -> tuple[int, bool]:
        """The port kept under this name, and whether it is the one it was."""
        kept = self.folder / f"{name}.port"
        port = _free_port(int(kept.read_text())) if kept.exists() else 0
        if port:
            return port, True
        port = _free_port(0)
        kept.write_text(str(port))
        return port, False

    @property
    def _prepared_note(self) -> Path:
        return self.folder / "prepared"

    def check(self) -> None:
        """Refuse a folder with somebody else's files, or one among the project's own."""
        if self.folder.is_relative_to(PROJECT) and not self.folder.is_relative_to(PROJECT / "var"):
            raise PlaceError(f"{self.folder} is inside the project: choose a folder under var/ or elsewhere")
        if self.folder.exists() and not self.folder.is_dir():
            raise PlaceError(f"{self.folder} is not a folder")
        if self.folder.is_dir() and any(self.folder.iterdir()) and not self.ours():
            raise PlaceError(f"{self.folder} holds files that are not ours: choose an empty folder")

    def ours(self) -> bool:
        """Whether a demonstration lives here."""
        return (self.folder / MARK).exists()

    def make(self) -> None:
        """Make what is missing."""
        for folder in (self.folder, self.logs, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.run.stat().st_uid != os.getuid():
            raise PlaceError(f"{self.run} belongs to somebody else")
        (self.folder / MARK).touch()
        for conf in (self.softhsm_conf, self.workstation / "softhsm2.conf"):
            tokens = conf.parent / "tokens"
            tokens.mkdir(mode=0o700, parents=True, exist_ok=True)
            conf.write_text(SOFTHSM_CONF.format(tokens=tokens))

    def lock(self) -> IO[str]:
        """Hold the folder for as long as the answer stays open; only one supervisor can."""
        handle = (self.folder / MARK).open("r+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            raise PlaceError(f"{self.folder} is in use by another bin/demo") from None
        return handle

    def empty(self) -> None:
        """Remove everything but the mark that says the folder is ours."""
        for entry in self.folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != MARK:
                entry.unlink()


def _free_port(wanted: int) -> int:
    """This port, any port for 0; 0 when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
        port: int = probe.getsockname()[1]
        return port


def _migrations_digest() -> str:
    digest = sha256()
    for path in sorted((PROJECT / "migrations" / "versions").glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
