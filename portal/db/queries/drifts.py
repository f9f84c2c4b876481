"""Findings of the reconciliation, as lists and pages show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from portal.db.base import AnyRow, AnySelect
from portal.db.models import Device, DriftFinding, Person, ReconciliationRound
from portal.db.queries.paging import PAGE_SIZE, Page, capped_count, cut, decode, encode
from portal.domain.drift import Decision, DriftKind, DriftState
from portal.domain.errors import NotFound

_OWN: Final = DriftFinding
_OPEN: Final = (DriftState.OPEN, DriftState.MENDING)
_COLUMNS: Final = (
    select(_OWN.id, _OWN.kind, _OWN.state, _OWN.ca, _OWN.serial, _OWN.name, _OWN.device_id, _OWN.usable)
    .add_columns(
        _OWN.opened_at, _OWN.seen_at, _OWN.decision, Device.serial.label("device"), Person.name.label("holder")
    )
    .outerjoin(Device, Device.id == _OWN.device_id)
    .outerjoin(Person, Person.id == Device.holder_id)
)


@dataclass(frozen=True, slots=True)
class DriftFilter:
    """Which findings are wanted; no state stands for those that are not settled."""

    kind: DriftKind | None = None
    state: DriftState | None = None
    ca: str = ""
    device: int | None = None


@dataclass(frozen=True, slots=True)
class DriftRow:
    """One line of the list; ``device`` is a serial number, ``holder`` a name."""

    id: int
    kind: DriftKind
    state: DriftState
    ca: str
    serial: str
    name: str
    device_id: int | None
    usable: bool
    opened_at: datetime
    seen_at: datetime
    decision: Decision | None
    device: str | None
    holder: str | None


def list_drifts(
    connection: Connection, wanted: DriftFilter, *, after: str | None = None, size: int = PAGE_SIZE
) -> Page[DriftRow]:
    """One page of findings, the newest first."""
    tests = _tests(wanted)
    query = _COLUMNS.where(*tests).order_by(_OWN.id.desc()).limit(size + 1)
    if after is not None:
        query = query.where(_OWN.id < decode(after, int)[0])
    rows, more = cut(connection.execute(query).all(), size)
    count: AnySelect = select(_OWN.id).where(*tests)
    items = tuple(DriftRow(*row) for row in rows)
    return Page(items, encode(items[-1].id) if more else None, capped_count(connection, count))


def drift_row(connection: Connection, number: int) -> DriftRow:
    """One finding as a line; raises NotFound."""
    row = connection.execute(_COLUMNS.where(_OWN.id == number)).one_or_none()
    if row is None:
        raise NotFound("drift", id=str(number))
    return DriftRow(*row)


def open_drifts(connection: Connection) -> int:
    """How many findings wait for somebody, or for what was decided."""
    query = select(func.count()).where(_OWN.state.in_(_OPEN))
    return int(connection.execute(query).scalar_one())


def authorities_named(connection: Connection) -> Sequence[str]:
    """The authorities findings are about."""
    named = select(_OWN.ca).where(_OWN.ca != "").distinct().order_by(_OWN.ca)
    return connection.execute(named).scalars().all()


def last_round(connection: Connection) -> AnyRow | None:
    """The round that is under way, else the one that ended last."""
    query = select(ReconciliationRound.__table__).order_by(ReconciliationRound.id.desc()).limit(1)
    return connection.execute(query).one_or_none()


def _tests(wanted: DriftFilter) -> list[ColumnElement[bool]]:
    tests = [_OWN.state == wanted.state if wanted.state else _OWN.state.in_(_OPEN)]
    if wanted.kind is not None:
        tests.append(_OWN.kind == wanted.kind)
    if wanted.ca:
        tests.append(_OWN.ca == wanted.ca)
    if wanted.device is not None:
        tests.append(_OWN.device_id == wanted.device)
    return tests
