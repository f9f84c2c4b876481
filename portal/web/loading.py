"""What several pages load in the same way."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from portal.db.queries.agent_task_rows import task_of_update
from portal.db.queries.agent_tokens import seen_at
from portal.db.queries.device_card import device_card as load
from portal.db.queries.device_rows import device_rows, known_serials
from portal.db.queries.person_card import PersonCard
from portal.db.queries.person_card import person_card as load_person
from portal.db.queries.views import DeviceRow
from portal.domain.errors import NotFound
from portal.domain.findings import Finding, UpdateReason
from portal.domain.ids import DeviceId
from portal.domain.outcomes import Done
from portal.domain.permissions import Permission
from portal.domain.plan_identity import demanded_checks
from portal.domain.plan_items import Choices, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy, SelfServiceRules
from portal.ports.identity_check import IdentityOrder
from portal.web.access import demand_permission, reach
from portal.web.choices import Arguments, read_choices
from portal.web.current import portal
from portal.web.sides import may, side
from portal.web.views_card import CardSurroundings, DeviceCard, device_card
from portal.web.views_dialog import Presence, PresenceAround, presence_of
from portal.web.views_plan import PlanRights


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A device with its findings, the plan for what was chosen, and what the visitor may decide about it."""

    device: DeviceRow
    findings: tuple[Finding, ...]
    plan: UpdatePlan
    rights: PlanRights
    identity: bool  # registers of the state are asked about the holder first


def card_of(device_id: int | None) -> DeviceCard | None:
    """The card of the device for this visitor; raises NotFound, also for what he may not see."""
    if device_id is None:
        return None
    now = portal().clock.now()
    with portal().database.read() as connection:
        rows = load(connection, device_id, now, reach=reach())
        around = _surroundings(connection, rows.row, now)
    rules = rows.acting.policy.self_service if rows.acting else SelfServiceRules()
    if not allowed(rules.choose_optional):
        offers = UpdateReason.OPTIONAL_AVAILABLE
        rows = replace(rows, findings=tuple(one for one in rows.findings if one.reason is not offers))
    return device_card(rows, around, now, may_update=may(side().order) and allowed(rules.update))


def _surroundings(connection: Connection, row: DeviceRow, now: datetime) -> CardSurroundings:
    live = portal().watch.seen(row.serial)
    seen = () if live is not None else seen_at(connection, row.serial, now)
    return CardSurroundings(
        live=live,
        elsewhere=tuple(one.name for one in seen),
        task=None if row.update is None else task_of_update(connection, row.update),
        may_cancel=may(side().cancel),
    )


def person_of(person_id: int) -> PersonCard:
    """The person with everything known of him; raises NotFound, also for somebody the visitor may not see."""
    with portal().database.read() as connection:
        return load_person(connection, person_id, reach=reach())


def device_of(device_id: int) -> DeviceRow:
    """The device as a row; raises NotFound, also for what the visitor may not see."""
    with portal().database.read() as connection:
        found = device_rows(connection, [device_id], reach=reach())
    if not found:
        raise NotFound("device", id=str(device_id))
    return found[0]


def reviewed(device: DeviceRow, arguments: Arguments) -> Reviewed:
    """Findings and plan for the choices in these arguments."""
    choices = allowed_choices(arguments)
    found = portal().updates.plan(DeviceId(device.id), choices, by_holder=side().by_holder)
    policy = found.policy.policy
    identity = asks_registers(device, found.plan, policy)
    return Reviewed(device, found.findings, found.plan, plan_rights(policy), identity)


def asks_registers(device: DeviceRow, plan: UpdatePlan, policy: DeviceUsagePolicy) -> bool:
    """Whether registers of the state are asked about the holder: they must have confirmed him, and have not lately."""
    services = demanded_checks(plan, policy)
    if not services or device.holder_id is None:
        return False
    order = IdentityOrder("", device.holder_id, services, policy.identity.validity)
    return not isinstance(portal().identity_verdicts.check(order), Done)


def allowed_choices(arguments: Arguments) -> Choices:
    """The choices in these arguments; giving up a key needs its permission, which only a console's visitor can have."""
    choices = read_choices(arguments)
    if choices.drop_history:
        demand_permission(side().forget_key or Permission.CERTIFICATES_FORGET_KEY)
    return choices


def plan_rights(policy: DeviceUsagePolicy) -> PlanRights:
    """What the visitor may decide about a plan under this policy."""
    rules = policy.self_service
    return PlanRights(
        forget=may(side().forget_key),
        choose=allowed(rules.choose_optional),
        track=may(side().track) and allowed(rules.choose_tracked),
        remote=policy.agents.updates and bool(portal().settings.agents_address),
    )


def allowed(switch: bool) -> bool:  # noqa: FBT001
    """Whether a switch for holders stands in nobody's way: it binds the holder alone."""
    return switch or not side().by_holder


def presence_for(device: DeviceRow) -> Presence:
    """Whether the device's token is plugged in now."""
    return presence_of(device.id, device.serial, portal().watch, presence_around(device.serial))


def presence_around(serial: str) -> PresenceAround:
    """What else there is to say of a token that is not here."""
    return PresenceAround(lambda: workstations_with(serial), plugged_in_within_reach)


def plugged_in_within_reach() -> Collection[str]:
    """Serial numbers of tokens plugged in now that the visitor may know of; a strange one is for whoever sees all."""
    serials = tuple(token.serial for token in portal().watch.all_seen())
    if reach().everything or not serials:
        return serials
    with portal().database.read() as connection:
        return known_serials(connection, serials, reach=reach())


def workstations_with(serial: str) -> tuple[str, ...]:
    """The names of workstations that see this token now."""
    with portal().database.read() as connection:
        return tuple(one.name for one in seen_at(connection, serial, portal().clock.now()))
