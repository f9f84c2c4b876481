"""Debts that nobody could pay for longer than an authority takes to answer."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import select

from portal.db.base import AnyRow
from portal.db.beside import beside
from portal.db.models import Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.drift import LONGEST_DEBT, of_debt
from portal.services.reconciliation.drifts import Drift, Piece, moment, step_subject

AT_ONCE: Final = 200
#: Before every debt: said, so that SQLite begins with those who are owed something.
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OWED: Final = (
    select(UpdateStep.id, UpdateStep.update_id, UpdateStep.seq, UpdateStep.step, UpdateStep.owed_looks)
    .add_columns(Update.device_id, Update.status, Update.finished_at)
    .join(Update, Update.id == UpdateStep.update_id)
    .where(UpdateStep.owed_at.is_not(None), UpdateStep.owed_at > _EVER)
    .order_by(beside(UpdateStep.id))  # debts are few, and steps many
)


def debts_piece(database: Database, mark: str, now: datetime) -> Piece:
    """The debts after the mark: the number of a step."""
    old = Update.finished_at <= now - LONGEST_DEBT
    query = _OWED.where(beside(UpdateStep.id) > int(mark or 0), old).limit(AT_ONCE)
    with database.read() as connection:
        rows = list(connection.execute(query))
    found = tuple(drift for row in rows if (drift := _debt(row, now)) is not None)
    return Piece(found, len(rows), str(rows[-1].id) if len(rows) == AT_ONCE else "")


def debt(database: Database, update: int, seq: int, now: datetime) -> Drift | None:
    """Whether this step is still owed, and for too long."""
    with database.read() as connection:
        row = connection.execute(_OWED.where(UpdateStep.update_id == update, UpdateStep.seq == seq)).first()
    return _debt(row, now) if row is not None else None


def _debt(row: AnyRow, now: datetime) -> Drift | None:
    kind = of_debt(row.finished_at, now) if row.finished_at else None
    if kind is None:
        return None
    step = row.step.get("value", {})
    template = step.get("template") or {}
    said = {
        "order": step.get("order_id", ""),
        "run": row.status.value,
        "over_since": moment(row.finished_at),
        "looks": str(row.owed_looks),
    }
    return Drift(
        step_subject(row.update_id, row.seq),
        kind,
        said,
        ca=template.get("ca", "") if isinstance(template, dict) else "",
        name=step.get("template_name", ""),
        device=row.device_id,
        update=row.update_id,
        seq=row.seq,
    )
