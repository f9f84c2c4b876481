"""Ordering an update: the whole plan and every step are stored before anything is touched."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from portal.db.models import Update, UpdateStep
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.plan_steps import steps_of
from portal.domain.update_state import ACTIVE, StepStatus, UpdateStatus
from portal.domain.update_steps import Step
from portal.services.audit import record
from portal.services.planning import Considered


def store_order(connection: Connection, found: Considered, content_hash: str, *, actor: str, now: datetime) -> UpdateId:
    """Store the update with its steps; see ``Updates.order`` for what it raises."""
    _refuse_if_running(connection, found)
    plan = found.plan
    if plan.content_hash != content_hash:
        raise Conflict("contents_changed", serial=found.device.serial)
    if plan.problems:
        first = plan.problems[0]
        raise Conflict("plan_problem", obstacle=first.obstacle.value, name=first.name, field=first.field)
    if plan.empty:
        raise Conflict("nothing_to_do", serial=found.device.serial)
    nonce = str(uuid4())
    steps = steps_of(plan, found.device, found.policy.policy, nonce)
    update = _insert(connection, found, nonce, actor=actor, now=now)
    connection.execute(insert(UpdateStep), [_step_row(update, seq, step) for seq, step in enumerate(steps, 1)])
    where: dict[str, str | int] = {"device": found.device.id, "serial": found.device.serial}
    record(connection, AuditTag.UPDATE_ORDERED, actor=actor, subject=f"update:{update}", now=now, **where)
    return update


def _refuse_if_running(connection: Connection, found: Considered) -> None:
    active = select(Update.id, Update.ordered_by).where(Update.device_id == found.device.id)
    running = connection.execute(active.where(Update.status.in_(sorted(ACTIVE)))).first()
    if running is not None:
        raise Conflict("update_running", update=str(running.id), by=running.ordered_by)


def _insert(connection: Connection, found: Considered, nonce: str, *, actor: str, now: datetime) -> UpdateId:
    plan = found.plan
    values = {
        "uuid": nonce,
        "device_id": found.device.id,
        "status": UpdateStatus.ORDERED,
        "policy_id": plan.policy.id,
        "policy_version": plan.policy.version,
        "plan": codec.to_json(plan),
        "findings": [codec.to_json(finding) for finding in found.findings],
        "choices": codec.to_json(plan.choices),
        "content_hash": plan.content_hash,
        "ordered_by": actor,
        "ordered_at": now,
        "sequence": 1,
    }
    try:
        added = connection.execute(insert(Update).values(values).returning(Update.id))
    except IntegrityError as problem:  # another process was quicker between our look and our write
        raise Conflict("update_running", serial=found.device.serial) from problem
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
