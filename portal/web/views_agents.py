"""Agents as a list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from flask import request, url_for

from portal.db.queries.agents import (
    SILENT_FOR_A_WEEK,
    SILENT_FOR_AN_HOUR,
    AgentFilter,
    AgentRow,
    Contact,
)
from portal.db.queries.paging import Page
from portal.domain.agent_tasks import LISTENING, AgentState
from portal.web.addresses import numbered
from portal.web.forms_directory import number
from portal.web.paging import Pager, here, pager
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import ngettext
from portal.web.views_devices import Choice
from portal.web.words.agents import STATE_KINDS, STATES
from portal.web.words.dates import Moment, moment

CONTACTS: Final = {
    Contact.NOW: _l("in contact now"),
    Contact.HOUR: _l("silent for an hour"),
    Contact.WEEK: _l("silent for a week"),
}


class AgentLine(NamedTuple):
    """An agent in words: what it is, what there is to know about it, when it was heard."""

    href: str
    name: str
    user: str
    kind: str
    state: str
    note: str
    tokens: str
    person: str
    version: str
    heard: Moment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentList:
    """A page of agents; ``waiting`` leads to those who ask to be let in."""

    rows: tuple[AgentLine, ...]
    pager: Pager
    filter: AgentFilter
    choices: tuple[Choice, ...]
    chips: tuple[tuple[str, str], ...]
    href: str
    codes_href: str
    waiting: int
    waiting_href: str


def agent_filter() -> AgentFilter:
    """The filter of the address; what it does not know narrows nothing."""
    chosen = request.args.get
    state, contact = chosen("state", ""), chosen("contact", "")
    return AgentFilter(
        state=AgentState(state) if state in set(AgentState) else None,
        contact=Contact(contact) if contact in set(Contact) else None,
        version=chosen("version", "").strip()[:40],
        text=chosen("q", "").strip()[:200],
        person=number(chosen("person")),
    )


def agent_list(
    page: Page[AgentRow], wanted: AgentFilter, versions: Iterable[str], now: datetime, *, waiting: int, may_admit: bool
) -> AgentList:
    """One page of the list; ``waiting`` counts those who ask to be let in."""
    href = url_for("admin.agents")
    return AgentList(
        rows=tuple(_lines(page.items, now)),
        pager=pager(len(page.items), page.count, page.after),
        filter=wanted,
        choices=_choices(wanted, versions),
        chips=_chips(wanted, page.items),
        href=href,
        codes_href=url_for("admin.agent_codes") if may_admit else "",
        waiting=0 if wanted.state is AgentState.WAITING else waiting,
        waiting_href=f"{href}?state={AgentState.WAITING}",
    )


def _choices(wanted: AgentFilter, versions: Iterable[str]) -> tuple[Choice, ...]:
    states = (("", _("Any state")), *((one.value, _capital(STATES[one])) for one in AgentState))
    contacts = (("", _("Any contact")), *((one.value, _capital(CONTACTS[one])) for one in Contact))
    known = (("", _("Any version")), *((one, one) for one in dict.fromkeys([*versions, wanted.version]) if one))
    return (
        Choice("state", _("State"), states, wanted.state.value if wanted.state else ""),
        Choice("contact", _("Contact"), contacts, wanted.contact.value if wanted.contact else ""),
        Choice("version", _("Version"), known, wanted.version),
    )


def _chips(wanted: AgentFilter, rows: Iterable[AgentRow]) -> tuple[tuple[str, str], ...]:
    if not wanted.person:
        return ()
    name = next((row.person for row in rows), _("Person no. %(name)s", name=wanted.person))
    return ((name, here(person=None, after=None)),)


def _lines(rows: Iterable[AgentRow], now: datetime) -> Iterable[AgentLine]:
    href = numbered("admin.show_agent", "agent_id")
    for row in rows:
        kind, state, note = standing(row, now)
        yield AgentLine(
            href=href(row.id),
            name=row.name,
            user=row.user_name,
            kind=kind,
            state=state,
            note=note,
            tokens=tokens_seen(row.tokens),
            person=row.person,
            version=row.version,
            heard=None if row.last_contact is None else moment(row.last_contact, now),
        )


def standing(row: AgentRow, now: datetime) -> tuple[str, str, str]:
    """What there is to know about an agent: a kind, the state in a word, and how its contact is."""
    kind, state = STATE_KINDS[row.state], _capital(STATES[row.state])
    if row.state is not AgentState.ACCEPTED:
        return kind, state, row.comment
    if row.last_contact is None:
        return "due", state, _("was never in contact")
    gone = now - row.last_contact
    if gone < LISTENING:
        return "fine", state, _("in contact now")
    if gone < SILENT_FOR_AN_HOUR:
        return "neutral", state, _("not in contact")
    if gone < SILENT_FOR_A_WEEK:
        return "neutral", state, _("silent for more than an hour")
    return "due", state, _("silent for %(days)s", days=ngettext("%(num)d day", "%(num)d days", gone.days))


def tokens_seen(count: int) -> str:
    """How many tokens are plugged in there."""
    return ngettext("%(num)d token", "%(num)d tokens", count) if count else "—"


def _capital(text: object) -> str:
    said = str(text)
    return said[:1].upper() + said[1:]
