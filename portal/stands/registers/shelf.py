"""What the stand knows: devices of each face and the last calls, in memory or in a file."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS devices (
    face TEXT NOT NULL, serial TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
    changed_at REAL NOT NULL, PRIMARY KEY (face, serial));
CREATE TABLE IF NOT EXISTS versions (number INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, face TEXT NOT NULL, method TEXT NOT NULL,
    serial TEXT NOT NULL, status INTEGER NOT NULL, what TEXT NOT NULL);
"""
_KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """One device; ``version`` grows with each change and never comes again."""

    face: str
    serial: str
    id: str
    version: int
    body: Mapping[str, Any]
    changed_at: float


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the page shows it."""

    at: float
    face: str
    method: str
    serial: str
    status: int
    what: str


class Shelf:
    """Safe for many threads; ``lock`` is held over what has to happen together."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self._rows = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._rows.executescript(_TABLES)

    def get(self, face: str, serial: str) -> Kept | None:
        """The device, None when it is not known."""
        with self.lock:
            row = self._rows.execute("SELECT * FROM devices WHERE face = ? AND serial = ?", (face, serial)).fetchone()
        return _kept(row) if row else None

    def put(self, face: str, serial: str, body: Mapping[str, Any]) -> Kept:
        """Keep it so, in a version of its own."""
        with self.lock:
            before = self.get(face, serial)
            number = before.id if before else uuid4().hex
            version = self._rows.execute("INSERT INTO versions DEFAULT VALUES").lastrowid or 0
            self._rows.execute("DELETE FROM versions")
            told = json.dumps(body, ensure_ascii=False)
            self._rows.execute(
                "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?, ?)",
                (face, serial, number, version, told, time.time()),
            )
        return Kept(face, serial, number, version, body, time.time())

    def remove(self, face: str, serial: str) -> bool:
        """Forget it; whether it was known."""
        with self.lock:
            gone = self._rows.execute("DELETE FROM devices WHERE face = ? AND serial = ?", (face, serial))
        return gone.rowcount > 0

    def all(self) -> tuple[Kept, ...]:
        """Every device, the last changed first."""
        with self.lock:
            rows = self._rows.execute("SELECT * FROM devices ORDER BY changed_at DESC, serial").fetchall()
        return tuple(map(_kept, rows))

    def note(self, call: Call) -> None:
        """Remember a call for the page."""
        told = (call.at, call.face, call.method, call.serial, call.status, call.what)
        with self.lock:
            done = self._rows.execute(
                "INSERT INTO calls (at, face, method, serial, status, what) VALUES (?, ?, ?, ?, ?, ?)", told
            )
            self._rows.execute("DELETE FROM calls WHERE number <= ?", ((done.lastrowid or 0) - _KEPT,))

    def calls(self, most: int = 50) -> tuple[Call, ...]:
        """The last calls, the newest first."""
        with self.lock:
            query = "SELECT at, face, method, serial, status, what FROM calls ORDER BY number DESC LIMIT ?"
            return tuple(Call(*row) for row in self._rows.execute(query, (most,)))

    def empty(self) -> None:
        """Know nothing."""
        with self.lock:
            self._rows.executescript("DELETE FROM devices; DELETE FROM calls;")

    @contextmanager
    def together(self) -> Iterator[None]:
        """Many changes written as one."""
        with self.lock:
            self._rows.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._rows.execute("ROLLBACK")
                raise
            self._rows.execute("COMMIT")

    def close(self) -> None:
        """Let the file go."""
        with self.lock:
            self._rows.close()


def _kept(row: tuple[Any, ...]) -> Kept:
    return Kept(row[0], row[1], row[2], row[3], json.loads(row[4]), row[5])
