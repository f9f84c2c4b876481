"""What the holder of a device may do with it by himself, as its policy says at this moment."""

from sqlalchemy import Connection

from portal.db import snapshots
from portal.domain.effective_policy import NoPolicy, effective_policy
from portal.domain.ids import DeviceId
from portal.domain.policy import DeviceUsagePolicy, SelfServiceRules
from portal.domain.self_service import SelfServiceRule, demand_rule


def rules_for(connection: Connection, device: DeviceId) -> SelfServiceRules:
    """The switches for this device; those of a new policy when none reaches it. Raises NotFound."""
    policy = _policy(connection, device)
    return policy.self_service if policy else SelfServiceRules()


def demand_of_holder(connection: Connection, device: DeviceId, rule: SelfServiceRule) -> None:
    """Raise PolicyForbids ``self_service`` unless the holder may do this with his device; raises NotFound."""
    policy = _policy(connection, device)
    if policy is not None:
        demand_rule(policy, rule)


def _policy(connection: Connection, device: DeviceId) -> DeviceUsagePolicy | None:
    holder = snapshots.device(connection, device).holder
    if holder is None:
        return None
    try:
        return effective_policy(holder, snapshots.assignments(connection)).policy
    except NoPolicy:
        return None
