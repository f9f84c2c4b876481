"""Whether the token can hold old and new together; said before anybody is asked for a PIN.

The figures are estimates on the safe side: what is written is taken large, what goes is taken small.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from portal.domain.certificate import KeyAlgorithm
from portal.domain.device import Device
from portal.domain.plan_changes import Change, ChangeKind, changes
from portal.domain.plan_items import DELETING, ISSUING, Action, PlanItem, SpaceWarning
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.situation import Situation

#: Bytes a key pair takes: both objects with their attributes.
PAIR_BYTES: Final = {
    KeyAlgorithm.RSA_2048: 2200,
    KeyAlgorithm.RSA_3072: 3000,
    KeyAlgorithm.RSA_4096: 3800,
    KeyAlgorithm.EC_P256: 700,
    KeyAlgorithm.EC_P384: 800,
}
CERTIFICATE_BYTES: Final = 2000
CERTIFICATE_FREES: Final = 900
PAIR_FREES: Final = 500


def space_warning(situation: Situation, items: Sequence[PlanItem]) -> SpaceWarning | None:
    """The warning when at some moment more is needed than is free; None when it fits or the token does not tell."""
    free = situation.device.free_memory
    if free is None:
        return None
    peak = level = 0
    for grows in _growth(situation.device, situation.policy, items):
        level += grows
        peak = max(peak, level)
    if peak <= free:
        return None
    movable = {item.fingerprint or item.key_id for item in items if may_go_first(situation, item)}
    return SpaceWarning(peak, free, tuple(sorted(movable)))


def may_go_first(situation: Situation, item: PlanItem) -> bool:
    """Whether what the item removes may go before anything is written: deleted anyway, or of no use any more.

    Not the certificate of a decryption key that is used again: a key that nothing names would pass for a leftover.
    """
    if item.action in DELETING:
        return True
    if item.action not in ISSUING or not item.removes:
        return False
    old = next(c for c in situation.device.managed if c.fingerprint == item.fingerprint)
    useless = not old.usable(situation.now) or situation.device.lost(old.fingerprint, old.key_id)
    return useless and not situation.guarded(old)


def _growth(device: Device, policy: DeviceUsagePolicy, items: Sequence[PlanItem]) -> Iterator[int]:
    for change in changes(items, device):
        item = items[change.item]
        if change.kind is ChangeKind.WRITE:
            yield _written(policy, item)
        elif change.kind is ChangeKind.REMOVE:
            yield -_freed(device, change, item)


def _written(policy: DeviceUsagePolicy, item: PlanItem) -> int:
    template = policy.template(item.template) if item.template else None
    if item.action is Action.RENEW_SAME_KEY:
        return CERTIFICATE_BYTES
    return CERTIFICATE_BYTES + PAIR_BYTES[template.algorithm if template else KeyAlgorithm.RSA_2048]


def _freed(device: Device, change: Change, item: PlanItem) -> int:
    certificate = 0 if not item.fingerprint or device.missing(item.fingerprint) else CERTIFICATE_FREES
    return certificate + (PAIR_FREES if change.with_key and not device.key_gone(item.key_id) else 0)
