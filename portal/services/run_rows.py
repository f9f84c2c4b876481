"""A run as rows: the whole plan and every step, stored before anything is touched."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from portal.db.models import Update, UpdateStep
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.device import Device
from portal.domain.errors import Conflict
from portal.domain.findings import Finding
from portal.domain.ids import UpdateId
from portal.domain.plan_items import UpdatePlan
from portal.domain.run_kind import RunKind
from portal.domain.update_state import ACTIVE, StepStatus, UpdateStatus
from portal.domain.update_steps import Step
from portal.services.audit import record


@dataclass(frozen=True, slots=True)
class RunDraft:
    """A run to store; ``nonce`` names it in every order it gives."""

    device: Device
    plan: UpdatePlan
    steps: tuple[Step, ...]
    nonce: str
    findings: tuple[Finding, ...] = ()
    kind: RunKind = RunKind.UPDATE


def store_run(connection: Connection, draft: RunDraft, *, actor: str, now: datetime) -> UpdateId:
    """Store it; raises Conflict ``update_running`` when the device has a run that is not over."""
    update = _insert(connection, draft, actor=actor, now=now)
    connection.execute(insert(UpdateStep), [_step_row(update, seq, step) for seq, step in enumerate(draft.steps, 1)])
    where: dict[str, str | int] = {"device": draft.device.id, "serial": draft.device.serial}
    if draft.kind is not RunKind.UPDATE:
        where["kind"] = draft.kind.value
    record(connection, AuditTag.UPDATE_ORDERED, actor=actor, subject=f"update:{update}", now=now, **where)
    return update


def refuse_if_running(connection: Connection, device: Device) -> None:
    """Raise Conflict ``update_running``, naming who ordered it, while the device has a run that is not over."""
    active = select(Update.id, Update.ordered_by).where(Update.device_id == device.id)
    running = connection.execute(active.where(Update.status.in_(sorted(ACTIVE)))).first()
    if running is not None:
        raise Conflict("update_running", update=str(running.id), by=running.ordered_by)


def _insert(connection: Connection, draft: RunDraft, *, actor: str, now: datetime) -> UpdateId:
    plan = draft.plan
    values = {
        "uuid": draft.nonce,
        "device_id": draft.device.id,
        "kind": draft.kind,
        "status": UpdateStatus.ORDERED,
        "policy_id": plan.policy.id,
        "policy_version": plan.policy.version,
        "plan": codec.to_json(plan),
        "findings": [codec.to_json(finding) for finding in draft.findings],
        "choices": codec.to_json(plan.choices),
        "content_hash": plan.content_hash,
        "ordered_by": actor,
        "ordered_at": now,
        "sequence": 1,
    }
    try:
        added = connection.execute(insert(Update).values(values).returning(Update.id))
    except IntegrityError as problem:  # another process was quicker between our look and our write
        raise Conflict("update_running", serial=draft.device.serial) from problem
    return UpdateId(added.scalar_one())


def _step_row(update: UpdateId, seq: int, step: Step) -> dict[str, object]:
    return {
        "update_id": update,
        "seq": seq,
        "kind": step.kind.value,
        "item": step.item,
        "version": step.version,
        "status": StepStatus.PENDING,
        "step": codec.to_json(step),
        "ticket": "",
    }
