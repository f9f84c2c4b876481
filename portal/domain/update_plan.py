"""From a device and its policy to an ordered plan: nothing foreign touched, no line without a reason.

The whole table of what becomes of what is in plan_templates.py and plan_commons.py; the order on the token is in
plan_changes.py; the steps are made in plan_steps.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from portal.domain.contents import hash_of_places
from portal.domain.device import AppliedPolicy, Device
from portal.domain.errors import InvalidInput
from portal.domain.findings import Finding, UpdateReason, in_order
from portal.domain.plan_commons import common_lines
from portal.domain.plan_init import emptied, initialization, initializes, what_is_lost
from portal.domain.plan_items import (
    ISSUING,
    Action,
    Choices,
    Obstacle,
    PlanItem,
    PlanProblem,
    SpaceWarning,
    UpdatePlan,
)
from portal.domain.plan_space import may_go_first, space_warning
from portal.domain.plan_templates import history_lines, removed_template_lines, template_lines
from portal.domain.policy import DeviceUsagePolicy, Register
from portal.domain.recipe import fill
from portal.domain.situation import Situation
from portal.domain.standing import leftovers_to_clean
from portal.domain.update_reasons import connectors_switched, foreign_found, policy_changed

__all__ = [
    "Action",
    "Choices",
    "Obstacle",
    "PlanItem",
    "PlanProblem",
    "SpaceWarning",
    "UpdatePlan",
    "expected_hash",
    "plan_update",
]


def plan_update(device: Device, policy: DeviceUsagePolicy, choices: Choices, now: datetime) -> UpdatePlan:
    """Everything that brings the device in line; when it has been carried out, the next plan is empty."""
    wiped = initializes(device, policy)
    situation = Situation(emptied(device) if wiped else device, policy, choices, now)
    items = tuple(_let_go_first(situation, line) for line in _lines(situation))
    first, lost = ((initialization(device),), what_is_lost(device, choices)) if wiped else ((), ())
    return UpdatePlan(
        policy=AppliedPolicy(policy.id, policy.version),
        policy_name=policy.name,
        items=(*first, *items),
        content_hash=expected_hash(device),
        choices=choices,
        space=space_warning(situation, items),
        problems=(*lost, *_problems(situation, items)),
    )


def expected_hash(device: Device) -> str:
    """The hash of what the plan takes for granted: what was seen or, if nothing ever was, what our records say."""
    if device.contents:
        return device.contents.content_hash()
    recorded = {(c.key_id, c.fingerprint) for c in device.managed} | {(c.key_id, c.fingerprint) for c in device.commons}
    return hash_of_places(device.serial, recorded)


def _lines(situation: Situation) -> Iterator[PlanItem]:
    yield from template_lines(situation)
    yield from removed_template_lines(situation)
    yield from history_lines(situation)
    yield from common_lines(situation)
    yield from _leftover_lines(situation.device)
    yield from _untouched_lines(situation)
    yield from _policy_line(situation)
    yield from _register_lines(situation)


def _leftover_lines(device: Device) -> Iterator[PlanItem]:
    for leftover in leftovers_to_clean(device):
        fingerprint = leftover.fingerprint or ""
        because = Finding(UpdateReason.LEFTOVER_FOUND, leftover.key_id, fingerprint)
        yield PlanItem(Action.CLEAN, leftover.key_id, (because,), fingerprint=fingerprint, key_id=leftover.key_id)


def _untouched_lines(situation: Situation) -> Iterator[PlanItem]:
    """Tracked and foreign certificates: shown so that people see they are left alone."""
    for tracked in sorted(situation.device.tracked, key=lambda c: (c.subject, c.fingerprint)):
        yield PlanItem(Action.TRACK_ONLY, tracked.subject, fingerprint=tracked.fingerprint)
    found = {f.fingerprint: f for f in foreign_found(situation.device, situation.policy, situation.now)}
    for foreign in sorted(situation.device.foreign(), key=lambda c: (c.subject, c.fingerprint, c.key_id)):
        finding = found.get(foreign.fingerprint)
        because = (finding,) if finding else ()
        yield PlanItem(
            Action.TRACK_ONLY,
            foreign.subject,
            because,
            fingerprint=foreign.fingerprint,
            key_id=foreign.key_id,
            selected=False,
        )


def _policy_line(situation: Situation) -> Iterator[PlanItem]:
    for finding in policy_changed(situation.device, situation.policy, situation.now):
        yield PlanItem(Action.APPLY_POLICY, finding.subject, (finding,))


def _register_lines(situation: Situation) -> Iterator[PlanItem]:
    for finding in in_order(connectors_switched(situation.device, situation.policy, situation.now)):
        action = Action.REGISTER if finding.on else Action.WITHDRAW
        yield PlanItem(action, finding.subject, (finding,), register=Register(finding.subject))


def _let_go_first(situation: Situation, item: PlanItem) -> PlanItem:
    chosen = (item.fingerprint or item.key_id) in situation.choices.remove_first
    return replace(item, first=True) if chosen and may_go_first(situation, item) else item


def _problems(situation: Situation, items: Sequence[PlanItem]) -> Iterator[PlanProblem]:
    for item in items:
        template = situation.policy.template(item.template) if item.template else None
        if item.action not in ISSUING or template is None:
            continue
        if situation.device.holder is None:
            yield PlanProblem(Obstacle.NO_HOLDER, item.name)
            continue
        try:
            fill(template.recipe, situation.device.holder)
        except InvalidInput as problem:
            yield from (PlanProblem(Obstacle.FIELD_EMPTY, item.name, field) for field in problem.fields)
