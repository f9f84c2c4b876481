"""What was handed in, on disk before it is: an order is given to the CA at most once."""

import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS orders (
    name TEXT PRIMARY KEY, request TEXT NOT NULL, mark INTEGER NOT NULL, at REAL NOT NULL, number INTEGER,
    answered INTEGER NOT NULL DEFAULT 0
)
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """An order. ``request`` is the hash of the PKCS#10; ``mark`` the newest request at the CA before it was handed in.

    ``number`` is the one the CA gave it, None while nobody knows whether it has it.
    """

    name: str
    request: str
    mark: int
    at: float
    number: int | None
    answered: bool


class Journal:
    """One file; each method is on disk when it returns."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(_TABLE)

    def entry(self, name: str) -> Entry | None:
        """What is known of an order."""
        row = self._db.execute("SELECT * FROM orders WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        _name, request, mark, at, number, answered = row
        return Entry(name, request, mark, at, number, bool(answered))

    def intend(self, name: str, request: str, *, mark: int) -> Entry:
        """Before it is handed in; the mark of the first time stays."""
        add = "INSERT INTO orders VALUES (?, ?, ?, ?, NULL, 0) ON CONFLICT (name) DO UPDATE SET at = excluded.at"
        self._db.execute(add, (name, request, mark, time.time()))
        found = self.entry(name)
        if found is None:
            raise LookupError(name)
        return found

    def taken(self, name: str, number: int) -> None:
        """The CA has it, under this number."""
        self._db.execute("UPDATE orders SET number = ? WHERE name = ?", (number, name))

    def answer(self, name: str) -> None:
        """The answer lies in the portal's folder."""
        self._db.execute("UPDATE orders SET answered = 1 WHERE name = ?", (name,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
