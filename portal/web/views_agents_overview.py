"""Agents on the first page: what of them needs somebody."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from portal.db.queries.agents import Contact
from portal.db.queries.agents_overview import AgentsOverview
from portal.domain.agent_tasks import AgentState
from portal.web.pages import address
from portal.web.translate import gettext as _
from portal.web.translate import ngettext


@dataclass(frozen=True, slots=True)
class AgentsLine:
    """A number that is a link."""

    kind: str
    label: str
    number: int
    href: str


@dataclass(frozen=True, slots=True)
class AgentsPanel:
    """What needs somebody; ``accepted`` says how many there are when nothing does."""

    lines: tuple[AgentsLine, ...]
    accepted: str
    all_href: str


def agents_panel(found: AgentsOverview) -> AgentsPanel:
    """The panel; lines only for what there is."""
    accepted = ngettext("%(num)d workstation may work", "%(num)d workstations may work", found.accepted)
    if not found.accepted:
        accepted = _("No workstation has been let in yet")
    return AgentsPanel(tuple(line for line in _lines(found) if line.number), accepted, url_for("admin.agents"))


def _lines(found: AgentsOverview) -> Iterable[AgentsLine]:
    asking = address("admin.agents", {"state": AgentState.WAITING.value})
    silent = address("admin.agents", {"contact": Contact.WEEK.value})
    active = address("admin.updates", {"status": "active"})
    yield AgentsLine("waiting", _("Ask to be let in"), found.waiting, asking)
    yield AgentsLine("due", _("Silent for a week"), found.silent, silent)
    yield AgentsLine("due", _("Updates nobody agreed to for a day"), found.unanswered, active)
