"""What a waiting, stopped or stuck run needs from a person."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from portal.db.queries.update_progress import UpdateProgress
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble
from portal.domain.update_state import UpdateStatus
from portal.web.forms import PinForm, SettlementForm
from portal.web.translate import gettext as _
from portal.web.views_dialog import Presence
from portal.web.views_steps import stuck_step
from portal.web.words.dates import Moment, moment
from portal.web.words.runs import woken
from portal.web.words.troubles import Explanation, explain

CANCELLABLE: Final = frozenset({UpdateStatus.ORDERED, UpdateStatus.RUNNING, UpdateStatus.WAITING})
ON_TOKEN: Final = frozenset({WaitingFor.PIN, WaitingFor.TOKEN})
#: Whom a run at a workstation waits for, not what went wrong there.
OF_AGENTS: Final = frozenset({Trouble.AGENT_AWAITED, Trouble.AGENT_WORKS})
IN_ORDER: Final = frozenset({UpdateStatus.COMPLETED, UpdateStatus.ORDERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What this visitor may do with the run, and who he is."""

    login: str
    order: bool
    cancel: bool
    settle: bool
    leave: bool
    track: bool


@dataclass(frozen=True, slots=True)
class RunForms:
    """Forms that came back with mistakes; empty ones are made when they are needed."""

    pin: PinForm | None = None
    settlement: SettlementForm | None = None


@dataclass(frozen=True, slots=True)
class RunHelp:
    """The explanation, and the field that moves the run on."""

    trouble: Explanation | None
    next_try: Moment | None
    needs_token: bool
    pin_form: PinForm | None
    settlement_form: SettlementForm | None
    stuck_step: str
    may_leave: bool
    presence: Presence | None = None

    def beside(self, presence: Presence) -> Self:
        """With the live look at the token."""
        return replace(self, presence=presence)


def run_help(
    progress: UpdateProgress, rights: Rights, forms: RunForms, *, ticket_alive: bool, now: datetime
) -> RunHelp:
    """Whatever helps in the state the run is in."""
    row = progress.update
    waiting = row.status is UpdateStatus.WAITING and not woken(progress, now)
    stuck = row.status is UpdateStatus.STUCK
    out_of_reach = waiting and row.waiting_for in ON_TOKEN
    decided = row.why is not None and row.why.get("approver") != ""  # by a person, who rings when it is done
    lost_pin = row.status is UpdateStatus.ORDERED and not ticket_alive
    needs_token = lost_pin or out_of_reach
    asks_pin = needs_token and rights.order and not (row.waiting_for is WaitingFor.TOKEN and ticket_alive)
    return RunHelp(
        trouble=None if woken(progress, now) else _trouble(progress, rights),
        next_try=moment(progress.wake_at, now) if waiting and progress.wake_at and not decided else None,
        needs_token=needs_token,
        pin_form=(forms.pin or PinForm(formdata=None)) if asks_pin else None,
        settlement_form=(forms.settlement or SettlementForm(formdata=None)) if stuck and rights.settle else None,
        stuck_step=stuck_step(progress),
        may_leave=out_of_reach and rights.leave and progress.unwinding is not None and not row.cancel_requested,
    )


def remote_help(progress: UpdateProgress, rights: Rights, forms: RunForms, *, now: datetime) -> RunHelp:
    """The same for a run at a workstation: the PIN is asked there, and what it waits for there is told beside."""
    found = run_help(progress, rights, forms, ticket_alive=True, now=now)
    row = progress.update
    if row.status is not UpdateStatus.WAITING or row.waiting_for is not WaitingFor.AGENT:
        return replace(found, needs_token=False, pin_form=None)
    going_back = progress.unwinding is not None
    may_leave = going_back and rights.leave and not row.cancel_requested
    return replace(found, trouble=_trouble_there(progress), next_try=None, may_leave=may_leave)


def _trouble_there(progress: UpdateProgress) -> Explanation | None:
    """What the workstation reported last, or why the run goes back; that it is awaited is told beside."""
    reported = progress.update.why
    if reported is not None and reported.trouble not in OF_AGENTS:
        return replace(explain(reported), next_step=_("Nothing is to be done here: the agent asks at the workstation."))
    return explain(progress.unwinding) if progress.unwinding is not None else None


def _trouble(progress: UpdateProgress, rights: Rights) -> Explanation | None:
    row = progress.update
    if row.status in IN_ORDER:
        return None
    cause = progress.unwinding if row.status is UpdateStatus.RUNNING else row.why or progress.unwinding
    if cause is None:
        return None
    if row.status is UpdateStatus.STUCK and not rights.settle:
        return replace(explain(cause), next_step=_("An administrator looks at it and decides: tell yours."))
    return explain(cause)
