"""One agent as its page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for

from portal.db.queries.agent_task_rows import TaskRow
from portal.db.queries.agent_tokens import SeenToken
from portal.db.queries.agents import AgentCard, AgentRow
from portal.db.queries.audit import AuditRow
from portal.domain.agent_tasks import AGENT_TRANSITIONS, AgentState
from portal.domain.contents import PinTries
from portal.web.addresses import numbered
from portal.web.pages import address
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_agent_tasks import TaskCard, task_cards
from portal.web.views_agents import standing
from portal.web.words.agents import TRIES
from portal.web.words.dates import Moment, day, days_left, moment


@dataclass(frozen=True, slots=True)
class AgentRights:
    """What the visitor may do with an agent, and see around it."""

    admit: bool
    revoke: bool
    audit: bool
    people: bool
    cancel: bool


@dataclass(frozen=True, slots=True)
class AgentForms:
    """The forms of the page; one comes back when it could not be used."""

    binding: Any
    shutting: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """A token at the workstation: ``kind`` and ``state`` say what is wrong with it, or that nothing is."""

    token: SeenToken
    href: str
    holder: str
    kind: str
    state: str
    contents: str
    seen: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPage:
    """Everything the page shows; an address is empty for what the visitor may not do, or what is not to be done."""

    row: AgentRow
    card: AgentCard
    kind: str
    state: str
    note: str
    heard: Moment | None
    certificate: str
    decided: str
    person_href: str
    tokens: tuple[TokenLine, ...]
    tasks: tuple[TaskCard, ...]
    history: tuple[AuditRow, ...] | None
    log_href: str
    forms: AgentForms
    href: str
    admission_href: str = ""
    denial_href: str = ""
    revocation_href: str = ""
    binding_href: str = ""


@dataclass(frozen=True, slots=True)
class AgentRows:
    """What the database tells of one agent."""

    card: AgentCard
    tokens: tuple[SeenToken, ...]
    tasks: tuple[TaskRow, ...]
    history: tuple[AuditRow, ...]


def agent_page(rows: AgentRows, rights: AgentRights, forms: AgentForms, now: datetime) -> AgentPage:
    """The page of one agent."""
    card, row = rows.card, rows.card.row
    kind, state, note = standing(row, now)
    may = AGENT_TRANSITIONS[row.state]
    return AgentPage(
        row=row,
        card=card,
        kind=kind,
        state=state,
        note="" if row.state is not AgentState.ACCEPTED else note,
        heard=None if row.last_contact is None else moment(row.last_contact, now),
        certificate=_certificate(card, now),
        decided=_decided(card),
        person_href=url_for("admin.show_person", person_id=row.person_id) if row.person_id and rights.people else "",
        tokens=tuple(_tokens(row, rows.tokens, now)),
        tasks=task_cards(rows.tasks, now, may_cancel=rights.cancel),
        history=rows.history if rights.audit else None,
        log_href=address("admin.audit", {"subject": f"agent:{row.uid}"}) if rights.audit else "",
        forms=forms,
        href=url_for("admin.show_agent", agent_id=row.id),
        admission_href=_href("admit_agent", row, allowed=rights.admit and AgentState.ACCEPTED in may),
        denial_href=_href("deny_agent", row, allowed=rights.admit and AgentState.DENIED in may),
        revocation_href=_href("revoke_agent", row, allowed=rights.revoke and AgentState.REVOKED in may),
        binding_href=_href("bind_agent", row, allowed=rights.admit and row.state is AgentState.ACCEPTED),
    )


def _href(endpoint: str, row: AgentRow, *, allowed: bool) -> str:
    return url_for(f"admin.{endpoint}", agent_id=row.id) if allowed else ""


def _certificate(card: AgentCard, now: datetime) -> str:
    until = card.certificate_not_after
    return "" if until is None else _("until %(day)s, %(left)s", day=day(until), left=days_left(until, now))


def _decided(card: AgentCard) -> str:
    return "" if card.decided_at is None else f"{day(card.decided_at)}, {card.decided_by}"


def _tokens(row: AgentRow, tokens: Iterable[SeenToken], now: datetime) -> Iterable[TokenLine]:
    href = numbered("admin.show_device", "device_id")
    for token in tokens:
        kind, state = _token_state(row, token)
        yield TokenLine(
            token=token,
            href=href(token.device_id) if token.device_id else "",
            holder=token.holder or (_("Nobody's") if token.device_id else _("Not registered")),
            kind=kind,
            state=state,
            contents=_contents(token),
            seen=moment(token.seen_at, now),
        )


def _token_state(row: AgentRow, token: SeenToken) -> tuple[str, str]:
    if not token.present:
        return "neutral", _("Pulled out")
    if token.device_id is None:
        return "due", _("Unknown to the portal")
    if row.person_id and token.holder_id not in {None, row.person_id}:
        return "due", _("Somebody else's")
    if token.tries is not PinTries.PLENTY:
        return ("problem" if token.tries is PinTries.LOCKED else "due"), str(TRIES[token.tries])
    return ("due", _("Could not be read")) if token.trouble else ("fine", _("Plugged in"))


def _contents(token: SeenToken) -> str:
    if token.certificates is None:
        return "—"
    return ngettext("%(num)d certificate", "%(num)d certificates", token.certificates)
