"""One person as his page shows him, and the questions before somebody is switched off or taken away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from portal.db.queries.audit import AuditRow
from portal.db.queries.directory_syncs import Followed
from portal.db.queries.person_card import PersonCard as CardRows
from portal.db.queries.views import DeviceRow, PersonRow
from portal.web.pages import address
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.views_card import DeviceCard
from portal.web.views_devices import needed
from portal.web.views_policy import PolicyChoice, policy_choice
from portal.web.words.dates import Moment, moment
from portal.web.words.directory_syncs import owned_words
from portal.web.words.names import attribute_title

SHOWN_ATTRIBUTES: Final = ("login", "email", "upn", "phone", "title", "department", "organization")


@dataclass(frozen=True, slots=True)
class HeldDevice:
    """A device of the person; ``card`` when the address says that it is open."""

    device: DeviceRow
    href: str
    kind: str
    sentence: str
    card: DeviceCard | None


@dataclass(frozen=True, slots=True)
class PersonRights:
    """What the visitor may do with the person and see around him: ``unit`` is the unit he is in."""

    edit: bool
    audit: bool
    unit: bool
    identity: bool = False


@dataclass(frozen=True, slots=True)
class PersonActions:
    """Where the buttons of the page lead; None for what cannot be done."""

    edit_href: str | None = None
    deactivation_href: str | None = None
    activation_href: str | None = None
    deletion_href: str | None = None
    checks_href: str | None = None


@dataclass(frozen=True, slots=True)
class PersonAccount:
    """Whether the person may sign in to the portal, and where that is seen or made."""

    href: str | None
    exists: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """The directory outside that tells of the person; ``href`` for who may look at it, ``owned`` is changed there."""

    name: str
    href: str
    read: Moment | None
    owned: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about the person: text, or links."""

    term: str
    text: str = ""
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """A question before somebody is switched off or taken away."""

    title: str
    name: str
    text: str
    devices: tuple[HeldDevice, ...]
    submit: str
    href: str
    back_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonCard:
    """Everything the card shows; ``history`` is None for who may not read it."""

    id: int
    name: str
    subtitle: str
    unit: tuple[str, ...]
    unit_href: str
    active: bool
    actions: PersonActions
    account: PersonAccount
    facts: tuple[tuple[Fact, ...], ...]
    origin: Origin | None
    history: tuple[AuditRow, ...] | None
    policy: PolicyChoice | None
    applied_note: str
    devices: tuple[HeldDevice, ...]


def person_card(
    rows: CardRows,
    opened: DeviceCard | None,
    now: datetime,
    *,
    account: PersonAccount,
    rights: PersonRights,
    origin: Origin | None = None,
) -> PersonCard:
    """The card in words."""
    row = rows.row
    return PersonCard(
        id=row.id,
        name=row.name,
        subtitle=_subtitle(row),
        unit=row.unit,
        unit_href=url_for("admin.people", unit=rows.unit_id),
        active=row.active,
        actions=_actions(row, rights, followed=origin is not None),
        account=account,
        facts=_facts(rows, in_reach=rights.unit),
        origin=origin,
        history=rows.history if rights.edit or rights.audit else None,
        policy=policy_choice(rows.acting),
        applied_note="",
        devices=tuple(_held(device, opened, now) for device in row.devices),
    )


def origin_of(followed: Followed, owned: Collection[str], now: datetime, *, may_look: bool) -> Origin:
    """Where somebody comes from, and what of him is changed there."""
    href = url_for("admin.show_connector", connector_id=followed.connector) if may_look else ""
    read = moment(followed.read_at, now) if followed.read_at else None
    return Origin(followed.name, href, read, owned_words(owned))


def _subtitle(row: PersonRow) -> str:
    parts = [row.title, row.unit[-1] if row.unit else "", "" if row.active else _("disabled in the directory")]
    return " · ".join(part for part in parts if part)


def deactivation(row: PersonRow, now: datetime) -> Ending:
    """The question before somebody is switched off: what becomes of his devices."""
    text = _("An operator sees these devices as a problem: nothing on them is changed, and they are not updated.")
    return _ending(row, now, title=_("Deactivate the person"), text=text, endpoint="deactivate_person")


def deletion(row: PersonRow, now: datetime) -> Ending:
    """The question before somebody is taken away."""
    text = _("His data goes for good; the audit log keeps what was done. Somebody who comes back is a new person.")
    return _ending(row, now, title=_("Delete the person"), text=text, endpoint="delete_person")


def _ending(row: PersonRow, now: datetime, *, title: str, text: str, endpoint: str) -> Ending:
    devices = tuple(_held(device, None, now) for device in row.devices)
    href = url_for(f"admin.{endpoint}", person_id=row.id)
    return Ending(title, row.name, text, devices, title, href, url_for("admin.show_person", person_id=row.id))


def _actions(row: PersonRow, rights: PersonRights, *, followed: bool) -> PersonActions:
    where = {"person_id": row.id}
    checks = url_for("admin.identity_list", person=row.id) if rights.identity else None
    if not rights.edit:
        return PersonActions(checks_href=checks)
    return PersonActions(
        checks_href=checks,
        edit_href=address("admin.edit_person", where),
        deactivation_href=address("admin.ask_deactivation", where) if row.active and not followed else None,
        activation_href=None if row.active or followed else address("admin.activate_person", where),
        deletion_href=None if row.devices or (followed and row.active) else address("admin.ask_deletion", where),
    )


def _facts(rows: CardRows, *, in_reach: bool) -> tuple[tuple[Fact, ...], ...]:
    known = {"login": rows.row.login, "email": rows.row.email, "title": rows.row.title, **rows.attributes}
    own = tuple(Fact(attribute_title(name), known[name]) for name in SHOWN_ATTRIBUTES if known.get(name))
    path = " / ".join(rows.row.unit)
    unit = Fact(_("Unit"), links=((path, url_for("admin.show_unit", unit_id=rows.unit_id)),))
    if not in_reach:
        unit = Fact(_("Unit"), path)
    groups = tuple((one.name, url_for("admin.show_group", group_id=one.id)) for one in rows.group_rows)
    above = rows.manager
    manager = Fact(_("Manager"), above.name if above else "")
    if above and rows.manager_in_reach:
        manager = Fact(_("Manager"), links=((above.name, url_for("admin.show_person", person_id=above.id)),))
    return own, (unit, Fact(_("Groups"), links=groups), manager)


def _held(device: DeviceRow, opened: DeviceCard | None, now: datetime) -> HeldDevice:
    kind, sentence, _more = needed(device, now)
    card = opened if opened is not None and opened.device.id == device.id else None
    return HeldDevice(device, side_url("show_device", device_id=device.id), kind, sentence, card)
