"""Ordering an update: exactly the plan that was shown, or nothing."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import Connection

from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.plan_steps import steps_of
from portal.services.planning import Considered
from portal.services.run_rows import RunDraft, refuse_if_running, store_run


def store_order(connection: Connection, found: Considered, content_hash: str, *, actor: str, now: datetime) -> UpdateId:
    """Store the update with its steps; see ``Updates.order`` for what it raises."""
    refuse_if_running(connection, found.device)
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
    draft = RunDraft(found.device, plan, steps, nonce, found.findings)
    return store_run(connection, draft, actor=actor, now=now)
