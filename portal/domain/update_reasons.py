"""Why a device needs an update: one small rule per reason."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique


@unique
class UpdateReason(StrEnum):
    """Every reason of product.md §3 under its own name."""

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
    OPTIONAL_AVAILABLE = "optional_available"

    @property
    def due(self) -> bool:
        """Whether it makes a device due; otherwise the update is only possible."""
        return self is not UpdateReason.OPTIONAL_AVAILABLE


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A reason and what it is about.

    ``subject`` is the name people know it by (template, common certificate, attribute, register, policy);
    ``fingerprint`` the certificate, when there is one; ``until`` its end of validity; ``on`` the direction of a switched connector.
    """

    reason: UpdateReason
    subject: str
    fingerprint: str = ""
    until: datetime | None = None
    on: bool | None = None
