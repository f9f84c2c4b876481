"""What there is to do for one workstation, as values; words are found for them where they are sent."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique

from portal.domain.agent_tasks import AgentTaskState
from portal.domain.findings import Finding
from portal.domain.plan_items import UpdatePlan
from portal.ports.agent_orders import SignedList


@unique
class NoticeKind(StrEnum):
    """What the person at a workstation is told about a token."""

    UNKNOWN = "unknown"
    OTHER_PERSON = "other_person"


@dataclass(frozen=True, slots=True)
class Notice:
    """A token that nobody knows, or that is not the person's at the workstation."""

    kind: NoticeKind
    serial: str


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """A task the person at the workstation may take: who wants what, and why. ``goes_back``: it undoes its changes."""

    task: str
    serial: str
    device: str
    asked_by: str
    comment: str
    findings: tuple[Finding, ...]
    plan: UpdatePlan
    goes_back: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A task the workstation has, or had when it ended."""

    task: str
    serial: str
    state: AgentTaskState


@dataclass(frozen=True, slots=True)
class Work:
    """The answer to a poll."""

    now: datetime
    next_poll: int
    tokens_wanted: bool = False
    renew: bool = False
    offers: tuple[OpenOffer, ...] = ()
    lists: tuple[SignedList, ...] = ()
    tasks: tuple[Standing, ...] = field(default=())
    notices: tuple[Notice, ...] = ()
