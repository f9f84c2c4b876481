"""Audit tags ``source:subject:action`` and the value of one event."""

from dataclasses import dataclass, field
from enum import StrEnum, unique


@unique
class AuditTag(StrEnum):
    """Everything the audit log can say; sentences are made when it is read."""

    ACCOUNT_SIGNED_IN = "web:account:signed_in"
    ACCOUNT_SIGN_IN_FAILED = "web:account:sign_in_failed"
    ACCOUNT_SIGNED_OUT = "web:account:signed_out"
    AUDIT_BROKEN = "courier:audit:broken"
    AUDIT_EXPORTED = "web:audit:exported"
    ACCESS_DENIED = "web:access:denied"
    DEVICE_ADDED = "portal:device:added"
    DEVICE_ASSIGNED = "portal:device:assigned"
    DEVICE_CLEANING_ORDERED = "portal:device:cleaning_ordered"
    DEVICE_DISABLED = "portal:device:disabled"
    DEVICE_EDITED = "portal:device:edited"
    DEVICE_ENABLED = "portal:device:enabled"
    DEVICE_ORDER_DONE = "worker:device:order_done"
    DEVICE_ORDER_REFUSED = "worker:device:order_refused"
    DEVICE_PIN_CHANGE_ORDERED = "portal:device:pin_change_ordered"
    DEVICE_PIN_RESET_ORDERED = "portal:device:pin_reset_ordered"
    DEVICE_REPLACED = "portal:device:replaced"
    DEVICE_REPLACEMENT_ENDED = "portal:device:replacement_ended"
    DEVICE_REVOKED = "portal:device:revoked"
    DEVICE_SEEN = "token:device:seen"
    DEVICE_UNASSIGNED = "portal:device:unassigned"
    DEVICE_WITHDRAWN = "portal:device:withdrawn"
    FOREIGN_TRACKED = "portal:certificate:tracked"
    FOREIGN_DECLINED = "portal:certificate:declined"
    GROUP_ADDED = "portal:group:added"
    GROUP_RENAMED = "portal:group:renamed"
    GROUP_DELETED = "portal:group:deleted"
    PEOPLE_EXPORTED = "portal:people:exported"
    PEOPLE_IMPORTED = "portal:people:imported"
    PERSON_ADDED = "portal:person:added"
    PERSON_CHANGED = "portal:person:changed"
    PERSON_DEACTIVATED = "portal:person:deactivated"
    PERSON_ACTIVATED = "portal:person:activated"
    PERSON_DELETED = "portal:person:deleted"
    UNIT_ADDED = "portal:unit:added"
    UNIT_RENAMED = "portal:unit:renamed"
    UNIT_MOVED = "portal:unit:moved"
    UNIT_DELETED = "portal:unit:deleted"
    POLICY_DRAFT_BEGUN = "portal:policy:draft_begun"
    POLICY_DRAFT_CARRIED_OVER = "portal:policy:draft_carried_over"
    POLICY_DRAFT_DISCARDED = "portal:policy:draft_discarded"
    POLICY_DRAFT_SAVED = "portal:policy:draft_saved"
    POLICY_DELETED = "portal:policy:deleted"
    POLICY_PUBLISHED = "portal:policy:published"
    POLICY_RESTORED = "portal:policy:restored"
    POLICY_WITHDRAWN = "portal:policy:withdrawn"
    UPDATE_ORDERED = "portal:update:ordered"
    UPDATE_CLAIMED = "worker:update:claimed"
    UPDATE_WAITING = "worker:update:waiting"
    UPDATE_RESUMED = "portal:update:resumed"
    UPDATE_UNWINDING = "worker:update:unwinding"
    UPDATE_COMPLETED = "worker:update:completed"
    UPDATE_FAILED = "worker:update:failed"
    UPDATE_CANCEL_REQUESTED = "portal:update:cancel_requested"
    UPDATE_CANCELLED = "worker:update:cancelled"
    UPDATE_STUCK = "worker:update:stuck"
    UPDATE_SETTLED = "portal:update:settled"
    STEP_INTENDED = "worker:step:intended"
    STEP_DONE = "worker:step:done"
    STEP_ABSENT = "worker:step:absent"
    STEP_WAITING = "worker:step:waiting"
    STEP_REFUSED = "worker:step:refused"
    STEP_UNDOING = "worker:step:undoing"
    STEP_UNDONE = "worker:step:undone"
    SEEDED = "cli:data:seeded"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One line of the audit log before it is chained; ``particulars`` holds plain strings and numbers only."""

    tag: AuditTag
    actor: str
    subject: str
    particulars: dict[str, str | int] = field(default_factory=dict)
    correlation: str = ""
