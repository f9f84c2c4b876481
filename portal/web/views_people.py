"""People as lists and cards show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from portal.db.queries.paging import Page
from portal.db.queries.person_card import PersonCard as CardRows
from portal.db.queries.views import DeviceRow, PersonRow
from portal.web.paging import Pager, pager
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_card import DeviceCard
from portal.web.views_devices import needed
from portal.web.views_policy import PolicyChoice, policy_choice
from portal.web.words.names import attribute_name

WEIGHT: Final = {"problem": 0, "due": 1, "waiting": 2, "possible": 3, "fine": 4}
SHOWN_ATTRIBUTES: Final = ("login", "email", "upn", "phone", "title", "department", "organization")


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person with what his devices need."""

    person: PersonRow
    href: str
    kind: str
    sentence: str
    more: str


@dataclass(frozen=True, slots=True)
class PeopleList:
    """A page of people."""

    rows: tuple[PersonLine, ...]
    pager: Pager | None
    text: str
    understood: str
    href: str


@dataclass(frozen=True, slots=True)
class HeldDevice:
    """A device of the person; ``card`` when the address says that it is open."""

    device: DeviceRow
    href: str
    kind: str
    sentence: str
    card: DeviceCard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """Everything the card shows."""

    id: int
    name: str
    subtitle: str
    unit: tuple[str, ...]
    facts: tuple[tuple[tuple[str, str], ...], ...]
    policy: PolicyChoice | None
    applied_note: str
    devices: tuple[HeldDevice, ...]


def people_list(page: Page[PersonRow], text: str, now: datetime) -> PeopleList:
    """One page of the list."""
    return PeopleList(
        rows=tuple(person_line(row, now) for row in page.items),
        pager=pager(len(page.items), page.count, page.after),
        text=text,
        understood=page.understood,
        href=url_for("admin.people"),
    )


def person_line(row: PersonRow, now: datetime) -> PersonLine:
    """The person with the one thing to know about his devices."""
    href = url_for("admin.show_person", person_id=row.id)
    if not row.devices:
        return PersonLine(row, href, "neutral", _("No devices"), "")
    worst = min((needed(device, now) for device in row.devices), key=lambda need: WEIGHT.get(need[0], 5))
    number = len(row.devices)
    more = ngettext("%(num)d device", "%(num)d devices", number)
    return PersonLine(row, href, worst[0], worst[1], more)


def person_card(rows: CardRows, opened: DeviceCard | None, now: datetime) -> PersonCard:
    """The card in words."""
    row = rows.row
    return PersonCard(
        id=row.id,
        name=row.name,
        subtitle=_subtitle(row),
        unit=row.unit,
        facts=_facts(rows),
        policy=policy_choice(rows.acting),
        applied_note="",
        devices=tuple(_held(device, opened, now) for device in row.devices),
    )


def _subtitle(row: PersonRow) -> str:
    parts = [row.title, row.unit[-1] if row.unit else "", "" if row.active else _("disabled in the directory")]
    return " · ".join(part for part in parts if part)


def _facts(rows: CardRows) -> tuple[tuple[tuple[str, str], ...], ...]:
    known = {"login": rows.row.login, "email": rows.row.email, "title": rows.row.title, **rows.attributes}
    own = tuple(
        (attribute_name(name).capitalize() if attribute_name(name).islower() else attribute_name(name), known[name])
        for name in SHOWN_ATTRIBUTES
        if known.get(name)
    )
    groups = ", ".join(rows.groups) or "—"
    return own, ((_("Container"), " / ".join(rows.row.unit) or "—"), (_("Groups"), groups))


def _held(device: DeviceRow, opened: DeviceCard | None, now: datetime) -> HeldDevice:
    kind, sentence, _more = needed(device, now)
    card = opened if opened is not None and opened.device.id == device.id else None
    return HeldDevice(device, side_url("show_device", device_id=device.id), kind, sentence, card)
