"""What was begun, done and reported on this workstation, on disk before the next thing happens."""

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final

from portal.ports.agent_orders import ListReport, OrderResult, StepList
from portal.ports.agent_protocol import dump, load

_KEPT: Final = 30 * 24 * 3600  # seconds a finished list is remembered; it expired long before
_REFUSED_KEPT: Final = 24 * 3600  # an administrator may have set a PIN that was wrong before
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS tasks (
    task TEXT PRIMARY KEY, serial TEXT NOT NULL, device TEXT NOT NULL, epoch INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL DEFAULT 0, over INTEGER NOT NULL DEFAULT 0, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS lists (
    list TEXT PRIMARY KEY, task TEXT NOT NULL, epoch INTEGER NOT NULL, report TEXT, reported INTEGER NOT NULL DEFAULT 0,
    at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    list TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, result TEXT, PRIMARY KEY (list, seq)
);
CREATE TABLE IF NOT EXISTS refused_pins (digest TEXT PRIMARY KEY, at REAL NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class KnownTask:
    """A task somebody here accepted."""

    task: str
    serial: str
    device: str


@dataclass(frozen=True, slots=True)
class BegunList:
    """A list of which something was begun and whose end is not written down."""

    list: str
    task: str
    epoch: int


class AgentJournal:
    """One file; each method is one transaction that is on disk when it returns. Threads may share it.

    It holds no order: what is on a token tells whether one took effect, and a private key that travelled in one is
    nothing to keep.
    """

    def __init__(self, path: Path) -> None:
        self._lock = RLock()
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)
        self._sweep()

    # ── tasks ────────────────────────────────────────────────────────────────

    def accept(self, known: KnownTask) -> None:
        """A person at this workstation allowed it."""
        self._write(
            "INSERT INTO tasks (task, serial, device, accepted, at) VALUES (?, ?, ?, 1, ?) "
            "ON CONFLICT (task) DO UPDATE SET accepted = 1, over = 0, device = excluded.device",
            (known.task, known.serial, known.device, time.time()),
        )

    def end(self, task: str) -> None:
        """Nothing more will come of it."""
        self._write("UPDATE tasks SET over = 1 WHERE task = ?", (task,))

    def accepted(self) -> tuple[KnownTask, ...]:
        """What was accepted here and is not over."""
        rows = self._read("SELECT task, serial, device FROM tasks WHERE accepted AND NOT over ORDER BY at")
        return tuple(KnownTask(*row) for row in rows)

    def epochs(self) -> Mapping[str, int]:
        """The highest epoch seen of each task."""
        return dict(self._read("SELECT task, epoch FROM tasks"))

    # ── lists and their orders ───────────────────────────────────────────────

    def begin(self, steps: StepList) -> None:
        """From now on the list has been begun here."""
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO lists (list, task, epoch, at) VALUES (?, ?, ?, ?)",
                (steps.id, steps.task, steps.epoch, time.time()),
            )
            self._db.execute("UPDATE tasks SET epoch = max(epoch, ?) WHERE task = ?", (steps.epoch, steps.task))

    def intend(self, steps: StepList, seq: int) -> None:
        """Before the token is touched for this order."""
        kind = steps.orders[seq - 1].kind.value
        self._write("INSERT OR IGNORE INTO orders (list, seq, kind) VALUES (?, ?, ?)", (steps.id, seq, kind))

    def finish(self, steps: StepList, result: OrderResult) -> None:
        """What became of it, before anything else is done; what was written first stands."""
        self._write(
            "UPDATE orders SET result = ? WHERE list = ? AND seq = ? AND result IS NULL",
            (dump(result).decode(), steps.id, result.seq),
        )

    def results(self, list_id: str) -> Mapping[int, OrderResult]:
        """How the orders of a list ended so far."""
        rows = self._read("SELECT seq, result FROM orders WHERE list = ? AND result IS NOT NULL ORDER BY seq", list_id)
        return {seq: load(OrderResult, text) for seq, text in rows}

    def in_doubt(self, list_id: str) -> frozenset[int]:
        """Orders that were begun and whose end nobody wrote down."""
        return frozenset(
            seq for (seq,) in self._read("SELECT seq FROM orders WHERE list = ? AND result IS NULL", list_id)
        )

    def close(self, report: ListReport) -> None:
        """The list is over here; the report is what will be told of it, however often."""
        self._write(
            "UPDATE lists SET report = ? WHERE list = ? AND report IS NULL", (dump(report).decode(), report.list)
        )

    def closed(self, list_id: str) -> bool:
        return bool(self._read("SELECT 1 FROM lists WHERE list = ? AND report IS NOT NULL", list_id))

    def unreported(self) -> tuple[ListReport, ...]:
        """What the portal has not taken yet, oldest first."""
        rows = self._read("SELECT report FROM lists WHERE report IS NOT NULL AND NOT reported ORDER BY at, list")
        return tuple(load(ListReport, text) for (text,) in rows)

    def reported(self, list_id: str) -> None:
        """The portal took it, or said that it never will."""
        self._write("UPDATE lists SET reported = 1 WHERE list = ?", (list_id,))

    def tell_again(self, list_id: str) -> None:
        """The portal asks for a list that is over here: what was told did not come through."""
        self._write("UPDATE lists SET reported = 0 WHERE list = ? AND report IS NOT NULL", (list_id,))

    def begun(self) -> tuple[BegunList, ...]:
        """Lists begun and not closed."""
        rows = self._read("SELECT list, task, epoch FROM lists WHERE report IS NULL ORDER BY at, list")
        return tuple(BegunList(*row) for row in rows)

    # ── PINs that were refused: digests only ─────────────────────────────────

    def remember_refused(self, digest: str) -> None:
        self._write("INSERT OR REPLACE INTO refused_pins VALUES (?, ?)", (digest, time.time()))

    def forget_refused(self, digest: str) -> None:
        self._write("DELETE FROM refused_pins WHERE digest = ?", (digest,))

    def was_refused(self, digest: str) -> bool:
        since = time.time() - _REFUSED_KEPT
        return bool(self._read("SELECT 1 FROM refused_pins WHERE digest = ? AND at > ?", digest, since))

    # ── the file ─────────────────────────────────────────────────────────────

    def shut(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _sweep(self) -> None:
        before = time.time() - _KEPT
        with self._transaction():
            self._db.execute("DELETE FROM lists WHERE reported AND at < ?", (before,))
            self._db.execute("DELETE FROM orders WHERE list NOT IN (SELECT list FROM lists)")
            self._db.execute("DELETE FROM tasks WHERE over AND at < ?", (before,))
            self._db.execute("DELETE FROM refused_pins WHERE at < ?", (time.time() - _REFUSED_KEPT,))

    def _write(self, statement: str, values: tuple[object, ...]) -> None:
        with self._lock:
            self._db.execute(statement, values)

    def _read(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
