"""Append to the audit log and prove that nobody changed it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum, unique
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from portal.db.base import AnyRow, AnySelect
from portal.db.models import AuditEntry, AuditHead, AuditReader
from portal.db.prepared import Prepared
from portal.domain.audit import AuditEvent

#: What the first line is chained to.
GENESIS: Final = sha256(b"klyuchnik audit log").hexdigest()
_HEAD: Final = 1
_BATCH: Final = 1000

# built once: every change of an update passes here twice
_TAKE_HEAD: Final = Prepared(select(AuditHead.last_id, AuditHead.hash).where(AuditHead.id == _HEAD).with_for_update())
_ADD: Final = Prepared(insert(AuditEntry))
_MOVE_HEAD: Final = Prepared(
    update(AuditHead)
    .where(AuditHead.id == _HEAD, AuditHead.hash == bindparam("b_before"))
    .values(last_id=bindparam("b_last"), hash=bindparam("b_hash"))
)
#: What an append executes.
STATEMENTS: Final = (_TAKE_HEAD, _ADD, _MOVE_HEAD)


@unique
class Fault(StrEnum):
    """What happened to the first line that does not hold."""

    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    ADDED = "added"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk along the chain found: how many lines hold, the first that does not, and what happened to it.

    ``found_at`` is where the line that belongs there stands now, when lines changed places.
    """

    checked: int
    first_bad: int | None = None
    fault: Fault | None = None
    found_at: int | None = None

    @property
    def whole(self) -> bool:
        return self.first_bad is None


def append(connection: Connection, event: AuditEvent, now: datetime) -> int:
    """Add one line in the caller's transaction; answers its number."""
    return append_all(connection, [event], now)


def append_all(connection: Connection, events: Iterable[AuditEvent], now: datetime) -> int:
    """Add lines in the caller's transaction; answers the number of the last.

    The head row is taken first, so two writers queue here and neither can fork the chain.
    """
    last, digest = _take_head(connection)
    rows: list[dict[str, Any]] = []
    for event in events:
        last += 1
        row = _row(last, event, now)
        row["previous"], digest = digest, _digest(digest, row)
        rows.append({**row, "hash": digest})
    if rows:
        _ADD.run_all(connection, rows)
        _move_head(connection, before=rows[0]["previous"], last=last, digest=digest)
    return last


def verify(connection: Connection) -> ChainReport:
    """Walk the whole chain; stops at the first line that was changed, removed or slipped in."""
    digest, checked = GENESIS, 0
    for entry in _entries(connection):
        if isinstance(entry, _Unreadable):
            return ChainReport(checked, entry.id, Fault.CHANGED)
        row = {name: getattr(entry, name) for name in _SIGNED}
        if entry.id != checked + 1 or entry.previous != digest or entry.hash != _digest(digest, row):
            return _broken(connection, entry, checked, digest)
        digest, checked = entry.hash, entry.id
    head = connection.execute(select(AuditHead.last_id, AuditHead.hash)).one_or_none()
    last, expected = (head.last_id, head.hash) if head else (0, GENESIS)
    if (last, expected) == (checked, digest):
        # a tail cut off together with its head: somebody who follows the log has been further
        cut = (connection.execute(select(func.max(AuditReader.last_id))).scalar_one() or 0) > checked
        return ChainReport(checked, checked + 1, Fault.CUT) if cut else ChainReport(checked)
    return ChainReport(checked, checked + 1, Fault.CUT) if last > checked else _slipped_in(connection, last, expected)


def _broken(connection: Connection, entry: AnyRow, checked: int, digest: str) -> ChainReport:
    """What became of the line after ``checked``: the one that continues the chain may stand elsewhere."""
    bad = checked + 1
    if entry.id < bad:  # lines count from one
        return ChainReport(checked, entry.id, Fault.ADDED)
    continues = select(AuditEntry.id).where(AuditEntry.previous == digest, AuditEntry.id > checked)
    place = connection.execute(continues.order_by(AuditEntry.id).limit(1)).scalar_one_or_none()
    if place is not None and place != bad:
        return ChainReport(checked, bad, Fault.MOVED, place)
    if entry.id != bad:
        return ChainReport(checked, bad, Fault.REMOVED)
    head = connection.execute(select(AuditHead.last_id)).scalar_one_or_none()
    return ChainReport(checked, bad, Fault.ADDED if head is not None and bad > head else Fault.CHANGED)


def _slipped_in(connection: Connection, last: int, expected: str) -> ChainReport:
    """Lines behind the head that continue it, or a head that was moved by hand."""
    known = connection.execute(select(AuditEntry.hash).where(AuditEntry.id == last)).scalar_one_or_none()
    fault = Fault.ADDED if (known or GENESIS) == expected else Fault.CHANGED
    return ChainReport(last, last + 1, fault)


_SIGNED: Final = ("id", "at", "tag", "actor", "subject", "particulars", "correlation")


def _row(number: int, event: AuditEvent, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "at": now,
        "tag": event.tag.value,
        "actor": event.actor,
        "subject": event.subject,
        "particulars": event.particulars,
        "correlation": event.correlation,
    }


_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _digest(previous: str, row: dict[str, Any]) -> str:
    """The SHA-256 of the previous hash and this line as canonical JSON."""
    signed = {name: row[name] for name in _SIGNED}
    signed["at"] = row["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return sha256(f"{previous}\n{_CANONICAL(signed)}".encode()).hexdigest()


def _take_head(connection: Connection) -> tuple[int, str]:
    head = _TAKE_HEAD.run(connection, {}).one_or_none()
    if head:
        return head.last_id, head.hash
    connection.execute(insert(AuditHead).values(id=_HEAD, last_id=0, hash=GENESIS))
    return 0, GENESIS


def _move_head(connection: Connection, *, before: str, last: int, digest: str) -> None:
    moved = _MOVE_HEAD.run(connection, {"b_before": before, "b_last": last, "b_hash": digest})
    if moved.rowcount != 1:
        raise RuntimeError("the head of the audit log moved under a writer that held it")


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A line that holds what no writer of the portal puts there; SQLite keeps anything."""

    id: int


def _entries(connection: Connection) -> Iterator[AnyRow | _Unreadable]:
    page = select(AuditEntry.__table__).order_by(AuditEntry.id).limit(_BATCH)
    rows = _read(connection, page)
    while rows:
        yield from rows
        rows = _read(connection, page.where(AuditEntry.id > rows[-1].id))


def _read(connection: Connection, page: AnySelect) -> Sequence[AnyRow | _Unreadable]:
    try:
        return connection.execute(page).all()
    except (TypeError, ValueError):
        numbers = connection.execute(page.with_only_columns(AuditEntry.id)).scalars().all()
        return [_read_one(connection, number) for number in numbers]


def _read_one(connection: Connection, number: int) -> AnyRow | _Unreadable:
    try:
        return connection.execute(select(AuditEntry.__table__).where(AuditEntry.id == number)).one()
    except (TypeError, ValueError):
        return _Unreadable(number)
