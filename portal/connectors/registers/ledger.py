"""A register of devices kept in a ledger file: what is known now, and every call that changed it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.clock import Clock
from portal.ports.device_register import RegisterOrder

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS devices (serial TEXT PRIMARY KEY, id TEXT NOT NULL, login TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS calls (
        number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, order_id TEXT NOT NULL,
        call TEXT NOT NULL, serial TEXT NOT NULL, login TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS inactive (serial TEXT PRIMARY KEY REFERENCES devices (serial))",
)
_BUSY_SECONDS: Final = 10


class DeviceLedger:
    """Every call is idempotent by serial: said again, it answers the same and is not written again."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def register(self, order: RegisterOrder) -> Outcome[str]:
        return self._answer(lambda: self._register(order))

    def withdraw(self, order: RegisterOrder) -> Outcome[str]:
        return self._answer(lambda: self._withdraw(order))

    def suspend(self, order: RegisterOrder) -> Outcome[str]:
        return self._answer(lambda: self._switch(order, active=False))

    def resume(self, order: RegisterOrder) -> Outcome[str]:
        return self._answer(lambda: self._switch(order, active=True))

    def known(self, serial: str) -> Effect[str]:
        return self._effect(lambda rows: _find(rows, serial))

    def active(self, serial: str) -> Effect[str]:
        return self._effect(lambda rows: None if _inactive(rows, serial) else _find(rows, serial))

    def _effect(self, look: Callable[[sqlite3.Connection], tuple[str, str] | None]) -> Effect[str]:
        try:
            with self._ledger() as rows:
                found = look(rows)
        except (sqlite3.Error, OSError) as error:
            return Unknown(why(Trouble.REGISTER_UNAVAILABLE, str(error)), WaitingFor.RETRY)
        return Happened(found[0]) if found else Absent()

    def _switch(self, order: RegisterOrder, *, active: bool) -> str:
        with self._ledger() as rows:
            found = _find(rows, order.serial)
            if not found or _inactive(rows, order.serial) is not active:
                return found[0] if found else ""
            change = "DELETE FROM inactive WHERE serial = ?" if active else "INSERT INTO inactive VALUES (?)"
            rows.execute(change, (order.serial,))
            self._note(rows, order, "resume" if active else "suspend")
        return found[0]

    def _register(self, order: RegisterOrder) -> str:
        with self._ledger() as rows:
            found = _find(rows, order.serial)
            if found and found[1] == order.login:
                return found[0]
            number = found[0] if found else uuid4().hex
            rows.execute("INSERT OR REPLACE INTO devices VALUES (?, ?, ?)", (order.serial, number, order.login))
            self._note(rows, order, "register")
        return number

    def _withdraw(self, order: RegisterOrder) -> str:
        with self._ledger() as rows:
            found = _find(rows, order.serial)
            if not found:
                return ""
            rows.execute("DELETE FROM inactive WHERE serial = ?", (order.serial,))
            rows.execute("DELETE FROM devices WHERE serial = ?", (order.serial,))
            self._note(rows, order, "withdraw")
        return found[0]

    def _note(self, rows: sqlite3.Connection, order: RegisterOrder, call: str) -> None:
        said = (self._clock.now().isoformat(), order.order_id, call, order.serial, order.login)
        rows.execute("INSERT INTO calls (at, order_id, call, serial, login) VALUES (?, ?, ?, ?, ?)", said)

    def _answer(self, work: Callable[[], str]) -> Outcome[str]:
        try:
            return Done(work())
        except (sqlite3.Error, OSError) as error:
            return Refused(why(Trouble.REGISTER_UNAVAILABLE, str(error)), permanent=False)

    @contextmanager
    def _ledger(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        opened = sqlite3.connect(self._path, timeout=_BUSY_SECONDS, isolation_level=None)
        with closing(opened) as rows:
            rows.execute("BEGIN IMMEDIATE")
            with rows:  # keeps everything, or on an error nothing
                for table in _TABLES:
                    rows.execute(table)
                yield rows


def _find(rows: sqlite3.Connection, serial: str) -> tuple[str, str] | None:
    found: tuple[str, str] | None = rows.execute("SELECT id, login FROM devices WHERE serial = ?", (serial,)).fetchone()
    return found


def _inactive(rows: sqlite3.Connection, serial: str) -> bool:
    return rows.execute("SELECT 1 FROM inactive WHERE serial = ?", (serial,)).fetchone() is not None
