"""What a worker does with a file of people: looks what it would do, or takes it over, all or nothing.

Everybody it holds is written in one transaction together with the file's new state, so a worker that dies leaves
nothing behind, and whoever comes after it begins anew. How far it is goes another way: as a number, for the page only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from portal.db.base import AnyRow
from portal.db.transaction import Database, overtaken
from portal.domain.audit import AuditTag
from portal.domain.ids import ImportId
from portal.domain.import_state import ImportState
from portal.domain.people_decision import Decision, Present
from portal.domain.people_import import decide
from portal.domain.people_preview import Marks, fingerprint_of, marks_of, preview_of, surprises_of
from portal.domain.people_table import Table, plain
from portal.ports.clock import Clock
from portal.ports.queue import ImportFeed
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.leased_work import TRIES
from portal.services.people_compared import present_for
from portal.services.people_import_rows import LIFE, WORK, Safe
from portal.services.people_taken_over import take_over


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file a worker is at, and what it would do as the directory is now."""

    row: AnyRow
    fence: int
    safe: Safe
    table: Table

    @property
    def number(self) -> ImportId:
        return ImportId(self.row.id)


@dataclass(frozen=True, slots=True)
class _Thought:
    """What the file would do, and what it was compared with."""

    before: Present
    decision: Decision
    marks: Marks


class _MovedMeanwhile(Exception):  # noqa: N818  it says what happened
    """The directory is not what the decision was made on."""


@dataclass(frozen=True, slots=True)
class PeopleImportWork:
    """Carried by workers; a file that is over, or in another worker's hands, is left alone."""

    database: Database
    clock: Clock
    vault: Vault
    feed: ImportFeed

    def carry(self, number: ImportId) -> bool:
        """Do what is wanted of the file; whether that came to an end."""
        row = self._take(number)
        if row is None:
            return False
        fence = row.fence + 1
        if row.tries >= TRIES:
            self._settle(number, fence, ImportState.FAILED, fault="import_broke")
            return True
        safe = Safe(self.vault, row.token)
        taken = _Taken(row, fence, safe, safe.table(row.sealed))
        return self._check(taken) if row.state is ImportState.CHECKING else self._import(taken)

    def _take(self, number: ImportId) -> AnyRow | None:
        """The file as it was before it was taken up; None when there is nothing to do, or somebody is at it."""
        with self.database.begin() as connection:
            row = WORK.take(connection, number, self.clock.now(), _taken_up)
        if row is not None:
            self.feed.announce(number, row.fence + 1, 0)
        return row

    def _check(self, taken: _Taken) -> bool:
        return self._show(taken, self._think(taken))

    def _import(self, taken: _Taken) -> bool:
        """Take it over, unless it would do something else than what the owner confirmed: that is shown again."""
        thought = self._think(taken)
        shown = taken.safe.preview(taken.row.preview)
        if shown is None or fingerprint_of(thought.decision, thought.marks) != shown.fingerprint:
            return self._show(taken, thought, fault="import_changed")
        try:
            written = self._write(taken, thought)
        except _MovedMeanwhile:
            return self._again(taken)
        except DBAPIError as error:
            if not overtaken(error):
                raise
            return self._again(taken)
        self.feed.announce(taken.number, taken.fence, len(thought.decision.added) + len(thought.decision.changed))
        return written

    def _think(self, taken: _Taken) -> _Thought:
        mapping = taken.row.mapping
        with self.database.read() as connection:
            before = present_for(connection, taken.table, mapping)
        decision = decide(taken.table, mapping, before)
        return _Thought(before, decision, marks_of(decision))

    def _show(self, taken: _Taken, thought: _Thought, fault: str = "") -> bool:
        """Keep what the file would do for its owner to look at, and what of it is different from before."""
        safe, decision, marks = taken.safe, thought.decision, thought.marks
        seen = safe.marks(taken.row.marks) if fault else marks
        surprises = surprises_of(seen, marks, decision.faults, _logins(taken) if fault else {})
        kept = {
            "preview": safe.seal_preview(preview_of(taken.table, decision, marks, surprises)),
            "marks": safe.seal_marks(marks),
        }
        return self._settle(taken.number, taken.fence, ImportState.CHECKED, **kept, fault=fault)

    def _write(self, taken: _Taken, thought: _Thought) -> bool:
        decision, row = thought.decision, taken.row
        with self.database.begin() as connection:
            now = self.clock.now()
            end = {**_ended(ImportState.DONE, now), "sealed": b"", "marks": b""}
            if not WORK.change(connection, taken.number, taken.fence, end):
                return False  # somebody else took it up: what he does counts
            if present_for(connection, taken.table, row.mapping, hold=True) != thought.before:
                raise _MovedMeanwhile
            take_over(connection, decision, row.token, actor=row.owner, now=now, tell=self._teller(taken))
            counts = {"added": len(decision.added), "changed": len(decision.changed), "left_out": decision.wrong}
            subject = f"import:{row.token[:8]}"
            particulars: dict[str, str | int] = {**counts, "file": row.file_name}
            record(connection, AuditTag.PEOPLE_IMPORTED, actor=row.owner, subject=subject, now=now, **particulars)
        return True

    def _teller(self, taken: _Taken) -> Callable[[int], None]:
        """Tells how many are written; silent for good once nobody can be told, for writing must not wait."""
        heard = True

        def tell(done: int) -> None:
            nonlocal heard
            heard = heard and self.feed.announce(taken.number, taken.fence, done)

        return tell

    def _again(self, taken: _Taken) -> bool:
        """Leave it to whoever comes next, at once."""
        with self.database.begin() as connection:
            WORK.change(connection, taken.number, taken.fence, {"lease_until": None})
        return False

    def _settle(self, number: ImportId, fence: int, state: ImportState, **values: Any) -> bool:
        now = self.clock.now()
        with self.database.begin() as connection:
            settled = WORK.change(connection, number, fence, _ended(state, now) | values)
        self.feed.announce(number, fence, 0)
        return settled


def _taken_up(state: ImportState) -> ImportState:
    return state if state is ImportState.CHECKING else ImportState.RUNNING


def _ended(state: ImportState, now: datetime) -> dict[str, Any]:
    return {"state": state, "lease_until": None, "changed_at": now, "expires_at": now + LIFE}


def _logins(taken: _Taken) -> dict[int, str]:
    place = list(taken.row.mapping).index("login") if "login" in taken.row.mapping else None
    if place is None:
        return {}
    return {row.line: plain(row.cells[place])[:80] for row in taken.table.rows if place < len(row.cells)}
