"""People as lists show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from flask import request, url_for

from portal.db.queries.paging import Page
from portal.db.queries.units import UnitRow
from portal.db.queries.views import PersonRow
from portal.web.addresses import numbered
from portal.web.forms_directory import number, unit_choices
from portal.web.paging import Pager, pager
from portal.web.tabs import Tab
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_devices import Choice, needed
from portal.web.views_directory import tabs

WEIGHT: Final = {"problem": 0, "due": 1, "waiting": 2, "possible": 3, "fine": 4}
STATES: Final = {"": None, "active": True, "inactive": False}


class PersonLine(NamedTuple):
    """A person with what his devices need."""

    person: PersonRow
    href: str
    kind: str
    sentence: str
    more: str


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """What the list is narrowed to: words, a unit with all below it, active people or the others."""

    text: str = ""
    unit: int = 0
    state: str = ""

    @property
    def active(self) -> bool | None:
        return STATES.get(self.state)


@dataclass(frozen=True, slots=True)
class PeopleActions:
    """Where the buttons over the list lead; None for what the visitor may not do."""

    new_href: str | None = None
    import_href: str | None = None
    export_href: str | None = None


NO_ACTIONS: Final = PeopleActions()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """A page of people."""

    rows: tuple[PersonLine, ...]
    pager: Pager | None
    filter: PeopleFilter
    understood: str
    href: str
    tabs: tuple[Tab, ...]
    choices: tuple[Choice, ...]
    actions: PeopleActions


def people_filter() -> PeopleFilter:
    """The filter of the address; what it does not know narrows nothing."""
    chosen = request.args.get
    state = chosen("state", "")
    text = chosen("q", "").strip()[:200]
    return PeopleFilter(text=text, unit=number(chosen("unit")), state=state if state in STATES else "")


def people_list(
    page: Page[PersonRow],
    wanted: PeopleFilter,
    units: Sequence[UnitRow],
    *,
    now: datetime,
    actions: PeopleActions = NO_ACTIONS,
) -> PeopleList:
    """One page of the list."""
    states = (("", _("Everybody")), ("active", _("Active")), ("inactive", _("Deactivated")))
    places = (("", _("All units")), *((str(one), name) for one, name in unit_choices(units)))
    return PeopleList(
        rows=person_lines(page.items, now),
        pager=pager(len(page.items), page.count, page.after),
        filter=wanted,
        understood=page.understood,
        href=url_for("admin.people"),
        tabs=tabs("admin.people"),
        choices=(
            Choice("unit", _("Unit"), places, str(wanted.unit or "")),
            Choice("state", _("State"), states, wanted.state),
        ),
        actions=actions,
    )


def person_lines(rows: Iterable[PersonRow], now: datetime) -> tuple[PersonLine, ...]:
    """People with the one thing to know about their devices."""
    href = numbered("admin.show_person", "person_id")
    return tuple(_person_line(row, href(row.id), now) for row in rows)


def _person_line(row: PersonRow, href: str, now: datetime) -> PersonLine:
    if not row.devices:
        return PersonLine(row, href, "neutral", _("No devices"), "")
    worst = min((needed(device, now) for device in row.devices), key=lambda need: WEIGHT.get(need[0], 5))
    number = len(row.devices)
    more = ngettext("%(num)d device", "%(num)d devices", number)
    return PersonLine(row, href, worst[0], worst[1], more)
