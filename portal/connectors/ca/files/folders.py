"""The two folders: files appear there whole or not at all, and what was once put out is remembered."""

import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from portal.connectors.ca.answering import unavailable

LARGEST: Final = 1 << 20
LARGEST_LIST: Final = 8 << 20
#: So many answers are looked through when none bears the name of the order.
MOST: Final = 2000
#: So many of our own requests are told of in one part.
AT_ONCE: Final = 200
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_SENT: Final = ".sent"
#: What was last wished for a certificate, until it was carried out.
_WISHES: Final = ".wishes"


def file_name(order_id: str) -> str:
    """A name for the files of an order: its id, or a digest where the id is no plain word."""
    return order_id if _PLAIN.fullmatch(order_id) else sha256(order_id.encode()).hexdigest()[:40]


def is_file_name(name: str) -> bool:
    """Whether a name may be one of ours."""
    return bool(_PLAIN.fullmatch(name))


@dataclass(frozen=True, slots=True)
class Folders:
    """``out`` is read by the authority's people, ``into`` written by them. Raises OSError, or Stopped."""

    out: Path
    into: Path

    def put(self, name: str, request: bytes, manifest: dict[str, Any]) -> None:
        """Put a request out once, however often this is begun; the manifest is there before it."""
        hidden, shown = self.out / f".{name}.p10", self.out / f"{name}.p10"
        if not self.was_put(name):
            _write_through(hidden, request)
            self.show(f"{name}.json", manifest)
            (self.out / _SENT).mkdir(exist_ok=True)
            _write_through(self.out / _SENT / name, b"")
            _settle(self.out / _SENT)
        # after a power cut between the two the hidden file is still there; it is shown once
        with suppress(FileNotFoundError):
            hidden.rename(shown)
        _settle(self.out)

    def was_put(self, name: str) -> bool:
        """Whether this request was ever put out, also when somebody has taken it away since."""
        return (self.out / _SENT / name).exists()

    def sent(self, after: str) -> tuple[str, ...]:
        """The next names that were ever put out, in their order."""
        try:
            names = sorted(path.name for path in (self.out / _SENT).iterdir() if path.name > after)
        except FileNotFoundError:  # nothing was yet
            return ()
        return tuple(names[:AT_ONCE])

    def manifest(self, name: str) -> dict[str, Any]:
        """What was put out with the request; empty when somebody has taken it away."""
        return self._note(self.out / f"{name}.json")

    def wish(self, serial: str) -> dict[str, Any]:
        """What was last wished for a certificate and is not carried out yet; empty when nothing is."""
        return self._note(self.out / _WISHES / serial)

    def remember_wish(self, serial: str, said: dict[str, Any]) -> None:
        """Keep what is wished, after it was shown."""
        (self.out / _WISHES).mkdir(exist_ok=True)
        self.show(f"{_WISHES}/{serial}", said)

    def forget_wish(self, serial: str) -> None:
        """It was carried out, or refused."""
        (self.out / _WISHES / serial).unlink(missing_ok=True)

    def shows(self, name: str) -> bool:
        """Whether a note for the authority's people still lies there."""
        return (self.out / name).exists()

    def show(self, name: str, said: dict[str, Any]) -> None:
        """Write a note for the authority's people."""
        shown = self.out / name
        hidden = shown.with_name(f".{shown.name}.new")
        _write_through(hidden, json.dumps(said, ensure_ascii=False, indent=1).encode())
        hidden.rename(shown)
        _settle(shown.parent)

    def answer(self, name: str, *endings: str) -> tuple[bytes, float] | None:
        """What lies there under this name, and when it was written."""
        for ending in endings:
            path = self.into / f"{name}{ending}"
            with suppress(FileNotFoundError):
                return self._read(path, LARGEST), path.stat().st_mtime
        return None

    def others(self, *endings: str, limit: int = LARGEST) -> Iterator[bytes]:
        """Whatever lies there with such endings, the newest first."""
        named = (path for path in self.into.iterdir() if path.suffix.lower() in endings)
        found = [path for path in named if path.is_file() and not path.is_symlink()]
        found.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[:MOST]:
            with suppress(FileNotFoundError):
                yield self._read(path, limit)

    def _note(self, path: Path) -> dict[str, Any]:
        try:
            said = json.loads(self._read(path, LARGEST))
        except (FileNotFoundError, ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    def _read(self, path: Path, limit: int) -> bytes:
        with open(path, "rb", opener=_plain) as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise unavailable(f"{path.name}: longer than {limit} bytes")
        return data


def _write_through(path: Path, data: bytes) -> None:
    with open(path, "wb", opener=_plain) as file:
        file.write(data)
        file.flush()  # of a file: it shall outlive a power cut
        os.fsync(file.fileno())


def _plain(path: str, flags: int) -> int:
    """Others write into these folders: no link leads out of them, and nobody waits for what is no file."""
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "no plain file", path)


def _settle(folder: Path) -> None:
    """A name lasts once its folder is written too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
