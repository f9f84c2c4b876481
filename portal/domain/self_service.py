"""What the device usage policy lets a holder do by himself; what it keeps from him is refused by name."""

from enum import StrEnum, unique

from portal.domain.errors import Forbidden, PolicyForbids
from portal.domain.permissions import Permission
from portal.domain.plan_items import Choices
from portal.domain.policy import DeviceUsagePolicy


@unique
class SelfServiceRule(StrEnum):
    """One switch of ``SelfServiceRules``, by its field."""

    UPDATE = "update"
    CHOOSE_OPTIONAL = "choose_optional"
    CHOOSE_TRACKED = "choose_tracked"
    CHANGE_PIN = "change_pin"
    SUSPEND = "suspend"
    REVOKE = "revoke"


def permits(policy: DeviceUsagePolicy, rule: SelfServiceRule) -> bool:
    """Whether the policy lets the holder do it."""
    allowed: bool = getattr(policy.self_service, rule.value)
    return allowed


def demand_rule(policy: DeviceUsagePolicy, rule: SelfServiceRule) -> None:
    """Raise PolicyForbids ``self_service``, with the rule and the policy's name, unless the holder may do it."""
    if not permits(policy, rule):
        raise PolicyForbids("self_service", rule=rule.value, policy=policy.name)


def demand_choices(policy: DeviceUsagePolicy, choices: Choices) -> None:
    """The same for an update with these choices; giving up a key is never the holder's to decide (Forbidden)."""
    demand_rule(policy, SelfServiceRule.UPDATE)
    if choices.optional is not None or choices.optional_commons is not None:
        demand_rule(policy, SelfServiceRule.CHOOSE_OPTIONAL)
    if choices.drop_history:
        raise Forbidden("permission_missing", permission=Permission.CERTIFICATES_FORGET_KEY.value)
