"""Using what was half done: a run that takes the certificate of an old order and writes it where its key is.

The order keeps its id, so the authority answers with the certificate it issued then, and never with a second one.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import Connection

from portal.db import snapshots
from portal.db.base import AnyRow
from portal.domain.device import AppliedPolicy, Device
from portal.domain.effective_policy import NoPolicy, effective_policy
from portal.domain.errors import Conflict
from portal.domain.ids import UpdateId
from portal.domain.plan_items import Action, Choices, PlanItem, UpdatePlan
from portal.domain.update_plan import expected_hash
from portal.domain.update_steps import Step, StepKind
from portal.services.reconciliation.orders import order_row
from portal.services.reconciliation.usability import usable
from portal.services.run_rows import RunDraft, refuse_if_running, store_run

_STEPS: Final = (
    StepKind.SIGN_REQUEST,
    StepKind.REQUEST_CERTIFICATE,
    StepKind.WRITE_CERTIFICATE,
    StepKind.VERIFY_CERTIFICATE,
)


def order_use(connection: Connection, finding: AnyRow, *, actor: str, now: datetime) -> UpdateId:
    """Order the run; raises Conflict when its device is at work, or the certificate cannot be used any more."""
    order = order_row(connection, finding.update_id, finding.seq)
    device = snapshots.device(connection, finding.device_id)
    refuse_if_running(connection, device)
    if order is None or order.owed or not usable(connection, device, order.record.step, now):
        raise Conflict("drift_changed")
    old, nonce = order.record.step, str(uuid4())
    plan = _plan(connection, device, old)
    first = replace(old, item=0, services=frozenset())
    steps = (
        Step(StepKind.COMPARE_CONTENTS, content_hash=plan.content_hash),
        *(replace(first, kind=kind) for kind in _STEPS),
        Step(StepKind.VERIFY_TOKEN, present=_present(device)),
    )
    return store_run(connection, RunDraft(device, plan, steps, nonce), actor=actor, now=now)


def _plan(connection: Connection, device: Device, old: Step) -> UpdatePlan:
    """One line. The device stays under the policy it was brought in line with: this is no more than a part of that."""
    if device.holder is None:
        raise NoPolicy(serial=device.serial)
    acting = effective_policy(device.holder, snapshots.assignments(connection)).policy
    item = PlanItem(Action.ISSUE, old.template_name, template=old.template, key_id=old.key_id)
    applied = device.applied or AppliedPolicy(acting.id, acting.version)
    return UpdatePlan(applied, acting.name, (item,), expected_hash(device), Choices())


def _present(device: Device) -> tuple[str, ...]:
    seen = {one.fingerprint for one in device.contents.certificates} if device.contents else set()
    return tuple(sorted(one.fingerprint for one in device.managed if one.fingerprint in seen))
