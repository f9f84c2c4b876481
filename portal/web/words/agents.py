"""Agents and their tasks in words."""

from typing import Final

from portal.domain.agent_tasks import AgentState, AgentTaskState
from portal.domain.contents import PinTries
from portal.domain.policy import OtherPerson
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import lazy_pgettext

OTHER_PERSON: Final = {
    OtherPerson.ALLOW: _l("nothing: it is usual here"),
    OtherPerson.NOTICE: _l("note it in the audit log and tell the person"),
    OtherPerson.REFUSE: _l("note it and offer no update there"),
}

TRIES: Final = {
    PinTries.PLENTY: _l("PIN tries: plenty"),
    PinTries.LOW: _l("few PIN tries are left"),
    PinTries.LAST: _l("one last PIN try"),
    PinTries.LOCKED: _l("the PIN is locked"),
}

STATES: Final = {
    AgentState.WAITING: _l("waits for a decision"),
    AgentState.ACCEPTED: _l("accepted"),
    AgentState.DENIED: _l("turned away"),
    AgentState.REVOKED: _l("shut out"),
}
STATE_KINDS: Final = {
    AgentState.WAITING: "waiting",
    AgentState.ACCEPTED: "fine",
    AgentState.DENIED: "neutral",
    AgentState.REVOKED: "neutral",
}

TASK_STATES: Final = {
    AgentTaskState.WAITS_FOR_DEVICE: _l("waits for the device"),
    AgentTaskState.WAITS_FOR_IDENTITY: _l("waits for the identity check"),
    AgentTaskState.OFFERED: _l("waits for the person"),
    AgentTaskState.RUNNING: _l("is being carried out"),
    AgentTaskState.DONE: lazy_pgettext("task", "done"),
    AgentTaskState.FAILED: lazy_pgettext("task", "failed"),
    AgentTaskState.CANCELLED: lazy_pgettext("task", "cancelled"),
    AgentTaskState.EXPIRED: _l("its time is over"),
}
TASK_KINDS: Final = {
    AgentTaskState.WAITS_FOR_DEVICE: "waiting",
    AgentTaskState.WAITS_FOR_IDENTITY: "waiting",
    AgentTaskState.OFFERED: "waiting",
    AgentTaskState.RUNNING: "accent",
    AgentTaskState.DONE: "fine",
    AgentTaskState.FAILED: "problem",
    AgentTaskState.CANCELLED: "neutral",
    AgentTaskState.EXPIRED: "due",
}
