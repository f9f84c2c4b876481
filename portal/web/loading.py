"""What several pages load in the same way."""

from dataclasses import dataclass

from flask_login import current_user

from portal.db.queries.device_card import device_card as load
from portal.db.queries.device_rows import device_rows
from portal.db.queries.views import DeviceRow
from portal.domain.errors import NotFound
from portal.domain.findings import Finding
from portal.domain.ids import DeviceId
from portal.domain.permissions import Permission
from portal.domain.plan_items import UpdatePlan
from portal.web.access import demand_permission
from portal.web.choices import Arguments, read_choices
from portal.web.current import portal
from portal.web.views_card import DeviceCard, device_card
from portal.web.views_dialog import Presence, presence_of


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A device with its findings and the plan for what was chosen."""

    device: DeviceRow
    findings: tuple[Finding, ...]
    plan: UpdatePlan


def card_of(device_id: int | None) -> DeviceCard | None:
    """The card of the device for this visitor; raises NotFound when there is no such device."""
    if device_id is None:
        return None
    now = portal().clock.now()
    with portal().database.read() as connection:
        rows = load(connection, device_id, now)
    live = portal().watch.seen(rows.row.serial)
    return device_card(rows, live, now, may_update=current_user.may(Permission.UPDATES_ORDER))


def device_of(device_id: int) -> DeviceRow:
    """The device as a row; raises NotFound."""
    with portal().database.read() as connection:
        found = device_rows(connection, [device_id])
    if not found:
        raise NotFound("device", id=str(device_id))
    return found[0]


def reviewed(device: DeviceRow, arguments: Arguments) -> Reviewed:
    """Findings and plan for the choices in these arguments; giving up a key needs its permission."""
    choices = read_choices(arguments)
    if choices.drop_history:
        demand_permission(Permission.CERTIFICATES_FORGET_KEY)
    found = portal().updates.plan(DeviceId(device.id), choices)
    return Reviewed(device, found.findings, found.plan)


def presence_for(device: DeviceRow) -> Presence:
    """Whether the device's token is plugged in now."""
    return presence_of(device.id, device.serial, portal().watch)
