"""What may be wrong with a device: update reasons, findings, and the bits that stand for due reasons in lists."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from functools import cache
from typing import Final


@unique
class UpdateReason(StrEnum):
    """Every reason for an update; the order here is the order people read them in.

    LEFTOVER_FOUND: an earlier update left something of ours behind (a key, a certificate, a second certificate of
    one template). HISTORY_GIVEN_UP is never found by itself: it explains the deletion of an old decryption key
    that a person with the permission asked for.
    """

    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    CERTIFICATE_REVOKED = "certificate_revoked"
    POLICY_CHANGED = "policy_changed"
    TEMPLATE_ADDED = "template_added"
    TEMPLATE_REMOVED = "template_removed"
    COMMON_ADDED = "common_added"
    COMMON_REMOVED = "common_removed"
    COMMON_REPLACED = "common_replaced"
    ATTRIBUTE_CHANGED = "attribute_changed"
    CONNECTOR_SWITCHED = "connector_switched"
    FOREIGN_FOUND = "foreign_found"
    CONTENT_MISSING = "content_missing"
    LEFTOVER_FOUND = "leftover_found"
    OPTIONAL_AVAILABLE = "optional_available"
    HISTORY_GIVEN_UP = "history_given_up"

    @property
    def due(self) -> bool:
        """Whether it makes a device due; otherwise the update is only possible."""
        return self in NEED_BITS


#: The bit of each due reason in a device's ``need``. Stored in rows: never renumber, only add.
NEED_BITS: Final = {
    UpdateReason.CERTIFICATE_EXPIRED: 1 << 0,
    UpdateReason.CERTIFICATE_EXPIRING: 1 << 1,
    UpdateReason.CERTIFICATE_REVOKED: 1 << 2,
    UpdateReason.POLICY_CHANGED: 1 << 3,
    UpdateReason.TEMPLATE_ADDED: 1 << 4,
    UpdateReason.TEMPLATE_REMOVED: 1 << 5,
    UpdateReason.COMMON_ADDED: 1 << 6,
    UpdateReason.COMMON_REMOVED: 1 << 7,
    UpdateReason.COMMON_REPLACED: 1 << 8,
    UpdateReason.ATTRIBUTE_CHANGED: 1 << 9,
    UpdateReason.CONNECTOR_SWITCHED: 1 << 10,
    UpdateReason.FOREIGN_FOUND: 1 << 11,
    UpdateReason.CONTENT_MISSING: 1 << 12,
    UpdateReason.LEFTOVER_FOUND: 1 << 13,
}

_RANK: Final = {reason: rank for rank, reason in enumerate(UpdateReason)}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A reason and what it is about.

    ``subject`` is the name people know it by (template, common certificate, attribute, register, policy);
    ``fingerprint`` the certificate, when there is one; ``until`` its end of validity; ``on`` the direction of a
    switched connector, or of an optional certificate chosen in the dialog.
    """

    reason: UpdateReason
    subject: str
    fingerprint: str = ""
    until: datetime | None = None
    on: bool | None = None


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings without repetition, always in the same order."""
    return tuple(sorted(set(findings), key=_sort_key))


def need_bits(findings: Iterable[Finding]) -> int:
    """One bit for each due reason among the findings; 0 when the device is not due."""
    bits = 0
    for finding in findings:
        bits |= NEED_BITS.get(finding.reason, 0)
    return bits


@cache
def reasons_of(bits: int) -> tuple[UpdateReason, ...]:
    """The due reasons that stand behind the bits."""
    return tuple(reason for reason, bit in NEED_BITS.items() if bits & bit)


def _sort_key(finding: Finding) -> tuple[int, str, str, str, str]:
    until = finding.until.isoformat() if finding.until else ""
    return (_RANK[finding.reason], finding.subject, finding.fingerprint, until, str(finding.on))
