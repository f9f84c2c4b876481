"""What the audit log says of workstations and of their tasks."""

from typing import Final

from portal.domain.audit import AuditTag
from portal.web.translate import lazy_gettext as _l

AGENT_EVENTS: Final = {
    AuditTag.AGENT_ACCEPTED: _l("Let a workstation in"),
    AuditTag.AGENT_ASKED: _l("A workstation asked to be let in"),
    AuditTag.AGENT_BOUND: _l("Bound a workstation to a person"),
    AuditTag.AGENT_CODE_MADE: _l("Made a one-time code for a workstation"),
    AuditTag.AGENT_CODE_REFUSED: _l("A workstation came with a code that is not good"),
    AuditTag.AGENT_CODE_WITHDRAWN: _l("Withdrew a one-time code"),
    AuditTag.AGENT_DENIED: _l("Turned a workstation away"),
    AuditTag.AGENT_DEVICE_UNKNOWN: _l("A workstation saw a token nobody knows"),
    AuditTag.AGENT_DEVICE_WRONG: _l("A workstation saw a token of somebody else"),
    AuditTag.AGENT_ENROLLED: _l("A workstation came in with a one-time code"),
    AuditTag.AGENT_RENEWED: _l("A workstation renewed its certificate"),
    AuditTag.AGENT_REPORT_REFUSED: _l("A workstation reported something else than before"),
    AuditTag.AGENT_REVOKED: _l("Shut a workstation out"),
    AuditTag.AGENT_TASK_ACCEPTED: _l("The person at the workstation agreed to the update"),
    AuditTag.AGENT_TASK_DECLINED: _l("The person at the workstation declined the update"),
    AuditTag.AGENT_TASK_EXPIRED: _l("A task of a workstation expired"),
    AuditTag.AGENT_TASK_HANDED_OVER: _l("Another workstation took a task over"),
    AuditTag.AGENT_TASK_LEASE_LOST: _l("A workstation that had a task fell silent"),
    AuditTag.AGENT_TASK_OFFERED: _l("Offered an update at a workstation"),
    AuditTag.AGENT_TASK_ORDERED: _l("Ordered an update through an agent"),
    AuditTag.AGENT_TASK_POSTPONED: _l("The person at the workstation put the update off"),
}
