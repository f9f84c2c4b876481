"""One update as its page shows it: where it stands, every step, and the plan it carries out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BindParameter, Connection, bindparam, case, select

from portal.db.base import AnyRow
from portal.db.models import Update, UpdateStep
from portal.db.queries.updates import UpdateRow, update_rows
from portal.domain import codec
from portal.domain.codec import UnknownKind
from portal.domain.errors import NotFound
from portal.domain.findings import Finding
from portal.domain.plan_items import UpdatePlan
from portal.domain.reach import EVERYTHING, Reach
from portal.domain.troubles import Why
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import Step, StepKind


@dataclass(frozen=True, slots=True)
class StepView:
    """One step; ``step`` is None when this code no longer knows its kind or version.

    ``owed``: a register was told and did not take it; that is told again apart from the update.
    """

    seq: int
    kind: str
    item: int
    status: StepStatus
    step: Step | None
    why: Why | None
    intended_at: datetime | None
    finished_at: datetime | None
    settled: bool | None
    owed: bool = False


@dataclass(frozen=True, slots=True)
class UpdateProgress:
    """An update in full. ``sequence`` numbers what listeners have seen; ``unwinding`` tells why it goes back."""

    update: UpdateRow
    uuid: str
    sequence: int
    attempts: int
    wake_at: datetime | None
    unwinding: Why | None
    plan: UpdatePlan
    findings: tuple[Finding, ...]
    steps: tuple[StepView, ...]

    @property
    def finished(self) -> bool:
        return not self.update.status.active

    @property
    def percent(self) -> int:
        if self.update.steps == 0:
            return 100 if self.finished else 0
        return 100 * self.update.done // self.update.steps


def update_progress(connection: Connection, number: int, *, reach: Reach = EVERYTHING) -> UpdateProgress:
    """The update with this number; raises NotFound, also when its device is out of reach."""
    found = update_rows(connection, [number], reach=reach)
    if not found:
        raise NotFound("update", id=str(number))
    row = connection.execute(_NOW, {"number": number}).one()
    ordered = _ordered(connection, number, row.uuid)
    return UpdateProgress(
        update=found[0],
        uuid=row.uuid,
        sequence=row.sequence,
        attempts=row.attempts,
        wake_at=row.wake_at,
        unwinding=_why(row.unwinding),
        plan=ordered.plan,
        findings=ordered.findings,
        steps=tuple(_step(step, ordered) for step in connection.execute(_STEPS, {"number": number})),
    )


@dataclass(frozen=True, slots=True)
class _Ordered:
    """What was stored with the order and never changes."""

    plan: UpdatePlan
    findings: tuple[Finding, ...]
    steps: dict[int, Step | None]


_NUMBER: Final[BindParameter[int]] = bindparam("number")
_NOW: Final = select(Update.uuid, Update.sequence, Update.attempts, Update.wake_at, Update.unwinding).where(
    Update.id == _NUMBER
)
_PLAN: Final = select(Update.plan, Update.findings).where(Update.id == _NUMBER)
_PLANNED: Final = select(UpdateStep.seq, UpdateStep.step).where(UpdateStep.update_id == _NUMBER)
#: Other replies are long, and nothing of them is shown.
_TELL: Final = (StepKind.REGISTER_DEVICE.value, StepKind.WITHDRAW_DEVICE.value)
_STEPS: Final = (
    select(UpdateStep.seq, UpdateStep.kind, UpdateStep.item, UpdateStep.status, UpdateStep.why)
    .add_columns(UpdateStep.intended_at, UpdateStep.finished_at, UpdateStep.settled)
    .add_columns(case((UpdateStep.kind.in_(_TELL), UpdateStep.reply)).label("told"))
    .where(UpdateStep.update_id == _NUMBER)
    .order_by(UpdateStep.seq)
)

#: A page follows one run through dozens of changes: what it was ordered with is read once.
_REMEMBERED: Final[dict[str, _Ordered]] = {}
_MOST: Final = 200


def _ordered(connection: Connection, number: int, uuid: str) -> _Ordered:
    known = _REMEMBERED.get(uuid)
    if known is None:
        row = connection.execute(_PLAN, {"number": number}).one()
        known = _Ordered(
            plan=codec.from_json(UpdatePlan, row.plan),
            findings=tuple(codec.from_json(Finding, finding) for finding in row.findings),
            steps={step.seq: _known(step.step) for step in connection.execute(_PLANNED, {"number": number})},
        )
        if len(_REMEMBERED) >= _MOST:
            _REMEMBERED.clear()
        _REMEMBERED[uuid] = known
    return known


def _step(row: AnyRow, ordered: _Ordered) -> StepView:
    return StepView(
        seq=row.seq,
        kind=row.kind,
        item=row.item,
        status=row.status,
        step=ordered.steps[row.seq],
        why=_why(row.why),
        intended_at=row.intended_at,
        finished_at=row.finished_at,
        settled=row.settled,
        owed=bool(row.told and row.told.get("owed")),
    )


def _known(stored: object) -> Step | None:
    try:
        return codec.from_json(Step, stored)
    except UnknownKind:
        return None


def _why(stored: object) -> Why | None:
    return None if stored is None else codec.from_json(Why, stored)
