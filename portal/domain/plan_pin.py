"""The plan of a run that only sets the user PIN."""

from portal.domain.device import AppliedPolicy, Device
from portal.domain.plan_items import Action, Choices, PlanItem, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.run_kind import RunKind
from portal.domain.update_plan import expected_hash
from portal.domain.update_steps import Step, StepKind

_ACTIONS = {
    RunKind.CHANGE_PIN: (Action.CHANGE_PIN, StepKind.CHANGE_PIN),
    RunKind.RESET_PIN: (Action.RESET_PIN, StepKind.RESET_PIN),
}


def pin_plan(device: Device, policy: DeviceUsagePolicy, kind: RunKind) -> tuple[UpdatePlan, tuple[Step, ...]]:
    """One line and one step; what lies on the token plays no part."""
    action, step = _ACTIONS[kind]
    plan = UpdatePlan(
        policy=AppliedPolicy(policy.id, policy.version),
        policy_name=policy.name,
        items=(PlanItem(action, device.serial),),
        content_hash=expected_hash(device),
        choices=Choices(),
    )
    return plan, (Step(step, item=0),)
