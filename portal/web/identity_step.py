"""The step of an update at which registers of the state are asked about the holder: where each stands, what helps."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from portal.db.queries.identity_standing import IdentityStanding, RegisterStanding
from portal.domain.identity_check import Verdict
from portal.domain.permissions import Permission
from portal.web.identity_waiting import IdentityWait
from portal.web.sides import may, side, side_url
from portal.web.translate import gettext as _
from portal.web.words.dates import Moment, moment
from portal.web.words.identity import REASONS, STATES, service_name
from portal.web.words.identity_endings import ENDINGS, KINDS, LAPSED, LOOKS, NEEDED, Ending


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One register in words."""

    name: str
    state: str
    detail: str
    kind: str
    icon: str
    since: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityStep:
    """What the dialog shows while an update waits for registers; an address is empty where there is nothing to do."""

    kind: str
    title: str
    text: str
    next_step: str
    registers: tuple[RegisterLine, ...]
    asked: str
    form_href: str
    correct_href: str
    repeat_href: str
    check_href: str


def identity_step(wait: IdentityWait, *, may_ask: bool, now: datetime) -> IdentityStep:
    """The step in words; who may not ask is offered nothing."""
    needed = wait.form_due(now)
    standing = None if needed else wait.standing
    ending, number, own = _ending(wait, needed=needed), wait.progress.update.id, side().by_holder
    form = side_url("show_identity_step", update_id=number) if may_ask else ""
    silent = standing is not None and standing.verdict is Verdict.NO_ANSWER
    return IdentityStep(
        kind=KINDS[standing.verdict] if standing else "due",
        title=str(ending.title),
        text=str(ending.text),
        next_step=str(ending.holder if own else ending.next_step),
        registers=tuple(_line(one, now) for one in standing.registers) if standing else (),
        asked=_asked(standing, now) if standing else "",
        form_href=form if needed else "",
        correct_href=form if wait.correctable() else "",
        repeat_href=side_url("repeat_identity", update_id=number) if silent and may_ask and not own else "",
        check_href=_check_href(standing) if standing else "",
    )


def _check_href(standing: IdentityStanding) -> str:
    """Everything about the check, on the side that has such a page."""
    seen = not side().by_holder and may(Permission.IDENTITY_READ)
    return url_for("admin.show_identity", check_id=standing.id) if seen else ""


def _ending(wait: IdentityWait, *, needed: bool) -> Ending:
    if wait.standing is None:
        return NEEDED
    return LAPSED if needed else ENDINGS[wait.standing.verdict]


def _line(register: RegisterStanding, now: datetime) -> RegisterLine:
    kind, icon = LOOKS[register.state]
    detail = str(REASONS[register.refuted_by]) if register.refuted_by else ""
    if register.next_try is not None and register.next_try > now:
        detail = _("SMEV did not take the question; the portal sends it again by itself")
    return RegisterLine(
        name=service_name(register.service),
        state=str(STATES[register.state]),
        detail=detail,
        kind=kind,
        icon=icon,
        since=moment(register.since, now),
    )


def _asked(standing: IdentityStanding, now: datetime) -> str:
    return _("Asked by %(who)s, %(when)s", who=standing.asked_by, when=moment(standing.asked_at, now).text)
