"""The book of findings: opened when they are first seen, seen again, and closed when the three agree once more."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

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
    query = select(DriftFinding.id, DriftFinding.subject, DriftFinding.kind, DriftFinding.state)
    held = query.where(DriftFinding.subject.in_(list(by_subject))).order_by(DriftFinding.id).with_for_update()
    known = {row.subject: row for row in connection.execute(held)} if by_subject else {}
    opened = 0
    for subject, drift in by_subject.items():
        row = known.get(subject)
        if row is None:
            added = insert(DriftFinding).values(**_opened(drift, now), subject=subject)
            opened += 1
            _tell(connection, connection.execute(added.returning(DriftFinding.id)).scalar_one(), drift, now)
        elif row.state is DriftState.CLOSED or row.kind is not drift.kind:
            opened += 1
            _change(connection, row.id, _opened(drift, now))
            _tell(connection, row.id, drift, now)
        else:
            _change(connection, row.id, {**_columns(drift), "seen_at": now})
    return opened


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


def _change(connection: Connection, number: int, values: dict[str, Any]) -> None:
    connection.execute(update(DriftFinding).where(DriftFinding.id == number).values(values))


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
