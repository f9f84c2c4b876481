"""Audit tags ``source:subject:action`` and the value of one event."""

from dataclasses import dataclass, field
from enum import StrEnum, unique


@unique
class AuditTag(StrEnum):
    """Everything the audit log can say; sentences are made when it is read."""

    ACCOUNT_SIGNED_IN = "web:account:signed_in"
    ACCOUNT_SIGN_IN_FAILED = "web:account:sign_in_failed"
    ACCOUNT_SIGNED_OUT = "web:account:signed_out"
    ACCESS_DENIED = "web:access:denied"
    DEVICE_SEEN = "token:device:seen"
    FOREIGN_TRACKED = "portal:certificate:tracked"
    FOREIGN_DECLINED = "portal:certificate:declined"
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
