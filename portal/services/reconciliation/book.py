"""The book of findings: opened when they are first seen, seen again, and closed when the three agree once more."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, insert, select, update

from portal.db.models import DriftFinding
from portal.domain.audit import AuditTag
from portal.domain.drift import DriftState
from portal.services.audit import record
from portal.services.reconciliation.drifts import Drift

ACTOR: Final = "reconciliation"
_UNDECIDED: Final = {
    "closed_at": None,
    "decision": None,
    "decided_by": "",
    "decided_at": None,
    "comment": "",
    "trouble": "",
    "mending_update_id": None,
}


def write_seen(connection: Connection, drifts: Iterable[Drift], now: datetime) -> int:
    """Write down what was seen; answers how many findings that opens."""
    by_subject = {drift.subject: drift for drift in drifts}
    if not by_subject:
        return 0
    query = select(DriftFinding.id, DriftFinding.subject, DriftFinding.kind, DriftFinding.state)
    held = query.where(DriftFinding.subject.in_(list(by_subject))).order_by(DriftFinding.id).with_for_update()
    opened, again = list[tuple[int, Drift]](), list[tuple[int, Drift]]()
    for row in connection.execute(held).all():
        drift = by_subject.pop(row.subject)
        changed = row.state is DriftState.CLOSED or row.kind is not drift.kind
        (opened if changed else again).append((row.id, drift))
    _change(connection, [{"b_id": number, **_columns(drift), "seen_at": now} for number, drift in again])
    _change(connection, [{"b_id": number, **_opened(drift, now)} for number, drift in opened])
    opened += _added(connection, list(by_subject.values()), now)
    for number, drift in opened:
        _tell(connection, number, drift, now)
    return len(opened)


def close(connection: Connection, numbers: Iterable[int], now: datetime) -> int:
    """Close findings of which nothing is left; answers how many were not closed before."""
    closed = 0
    for number in numbers:
        mine = (DriftFinding.id == number, DriftFinding.state != DriftState.CLOSED)
        end = update(DriftFinding).where(*mine).values(state=DriftState.CLOSED, closed_at=now)
        if connection.execute(end).rowcount == 1:
            closed += 1
            record(connection, AuditTag.DRIFT_CLOSED, actor=ACTOR, subject=f"drift:{number}", now=now)
    return closed


def _change(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(update(DriftFinding).where(DriftFinding.id == bindparam("b_id")), rows)


def _added(connection: Connection, drifts: Sequence[Drift], now: datetime) -> Iterable[tuple[int, Drift]]:
    if not drifts:
        return ()
    rows = [{**_opened(drift, now), "subject": drift.subject} for drift in drifts]
    added = connection.execute(insert(DriftFinding).returning(DriftFinding.id, sort_by_parameter_order=True), rows)
    return zip(added.scalars().all(), drifts, strict=True)


def _opened(drift: Drift, now: datetime) -> dict[str, Any]:
    begun = {"state": DriftState.OPEN, "opened_at": now, "seen_at": now}
    return {**_UNDECIDED, **_columns(drift), **begun}


def _columns(drift: Drift) -> dict[str, Any]:
    return {
        "kind": drift.kind,
        "usable": drift.usable,
        "ca": drift.ca,
        "serial": drift.serial,
        "name": drift.name[:200],
        "device_id": drift.device,
        "certificate_id": drift.certificate,
        "update_id": drift.update,
        "seq": drift.seq,
        "said": dict(drift.said),
    }


def _tell(connection: Connection, number: int, drift: Drift, now: datetime) -> None:
    said: dict[str, str | int] = {"kind": drift.kind.value}
    said |= {name: value for name, value in (("ca", drift.ca), ("serial", drift.serial)) if value}
    if drift.device is not None:
        said["device"] = drift.device
    record(connection, AuditTag.DRIFT_FOUND, actor=ACTOR, subject=f"drift:{number}", now=now, **said)
