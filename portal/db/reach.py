"""Reach as conditions of a query; everything needs none, so that it costs nothing.

A reach of few people drives a query by itself (``few_devices``, ``few_people``); a wide one is tested on the rows
another index brings, and a page fills quickly because many of them pass.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, exists, false, func, or_, select, union
from sqlalchemy.orm import aliased

from portal.db.base import AnySelect
from portal.db.beside import beside
from portal.db.models import AuditEntry, Device, IdentityApplication, Person, Unit, Update
from portal.domain.reach import Reach

Condition = ColumnElement[bool]

# names of their own, so that a query that joins holders or devices itself does not take these for its own
_Holder: Final = aliased(Person)
_Held: Final = aliased(Device)
_Updated: Final = aliased(Device)

#: With at most so many people and devices, a reach is a good beginning for any query.
FEW: Final = 3000
#: The same for people: an index has them in their order together with what is tested, so it is the better choice soon.
FEW_PEOPLE: Final = 1000


def subtree(connection: Connection, units: Iterable[int]) -> frozenset[int]:
    """These units with all below them."""
    top = select(Unit.id).where(Unit.id.in_(list(units))).cte("subtree", recursive=True)
    whole = top.union(select(Unit.id).join(top, Unit.parent_id == top.c.id))
    return frozenset(connection.execute(select(whole.c.id)).scalars())


def devices_within(reach: Reach, device: Any = Device) -> tuple[Condition, ...]:
    """For a query of devices; tested on its rows, never choosing its index."""
    if reach.everything:
        return ()
    found: list[Condition] = []
    if reach.person is not None:
        found.append(beside(device.holder_id) == reach.person)
    if reach.units:
        found.append(exists().where(_Holder.id == device.holder_id, beside(_Holder.unit_id).in_(reach.units)))
    if reach.policies:
        found.append(beside(device.effective_policy_id).in_(reach.policies))
    return (or_(false(), *found),)


def people_within(reach: Reach) -> tuple[Condition, ...]:
    """For a query of people; tested on its rows, never choosing its index."""
    if reach.everything:
        return ()
    found: list[Condition] = []
    if reach.person is not None:
        found.append(beside(Person.id) == reach.person)
    if reach.units:
        found.append(beside(Person.unit_id).in_(reach.units))
    if reach.policies:
        held = beside(_Held.effective_policy_id).in_(reach.policies)
        found.append(exists().where(_Held.holder_id == Person.id, held))
    return (or_(false(), *found),)


def updates_within(reach: Reach) -> tuple[Condition, ...]:
    """For a query of updates: those of devices within reach."""
    if reach.everything:
        return ()
    return (exists().where(_Updated.id == Update.device_id, *devices_within(reach, _Updated)),)


def few_updates(connection: Connection, reach: Reach) -> tuple[Condition, ...] | None:
    """The updates of few devices as a condition an index answers; None when they are too many, or everything."""
    if reach.everything:
        return None
    return _few(connection, reach, _held_devices(reach), Update.device_id)


def checks_within(reach: Reach) -> tuple[Condition, ...]:
    """For a query of identity checks: those of people within reach."""
    if reach.everything:
        return ()
    return (exists().where(Person.id == IdentityApplication.person_id, *people_within(reach)),)


def few_checks(connection: Connection, reach: Reach) -> tuple[Condition, ...] | None:
    """The checks of few people as a condition an index answers; None when they are too many, or everything."""
    if reach.everything:
        return None
    return _few(connection, reach, _known_people(reach), IdentityApplication.person_id, limit=FEW)


def audit_within(reach: Reach) -> tuple[Condition, ...]:
    """For a query of the audit log: lines about a device, a person or an update within reach."""
    if reach.everything:
        return ()
    number = _number_of_subject()
    device = exists().where(Device.id == number, *devices_within(reach))
    person = exists().where(Person.id == number, *people_within(reach))
    update = exists().where(Update.id == number, *updates_within(reach))
    about = AuditEntry.subject.like
    told = ((about("device:%"), device), (about("person:%"), person), (about("update:%"), update))
    return (or_(*(and_(kind, inside) for kind, inside in told)),)


def units_within(reach: Reach) -> tuple[Condition, ...]:
    """For a query of units: those given, with all below them."""
    return () if reach.everything else (Unit.id.in_(reach.units),)


def few_devices(connection: Connection, reach: Reach) -> tuple[Condition, ...] | None:
    """The devices within reach as a condition an index answers; None when they are too many, or everything."""
    if reach.everything:
        return None
    return _few(connection, reach, _held_devices(reach), Device.id)


def few_people(connection: Connection, reach: Reach) -> tuple[Condition, ...] | None:
    """The people within reach as a condition an index answers; None when they are too many, or everything."""
    if reach.everything:
        return None
    return _few(connection, reach, _known_people(reach), Person.id, limit=FEW_PEOPLE)


def _few(
    connection: Connection, reach: Reach, parts: list[AnySelect], number: Any, *, limit: int = FEW
) -> tuple[Condition, ...] | None:
    if not parts:
        return (false(),)
    if any(_many(connection, part, limit) for part in _sizes(reach)):
        return None
    whole = union(*parts).subquery()
    return (number.in_(select(whole.c[0])),)


def _many(connection: Connection, part: AnySelect, limit: int) -> bool:
    counted = select(func.count()).select_from(part.limit(limit + 1).subquery())
    return bool(connection.execute(counted).scalar_one() > limit)


def _sizes(reach: Reach) -> list[AnySelect]:
    """How wide each part is, asked of an index alone: people hold about a device each."""
    parts: list[AnySelect] = []
    if reach.units:
        parts.append(select(Person.unit_id).where(Person.unit_id.in_(reach.units)))
    if reach.policies:
        parts.append(select(Device.effective_policy_id).where(Device.effective_policy_id.in_(reach.policies)))
    return parts


def _held_devices(reach: Reach) -> list[AnySelect]:
    parts: list[AnySelect] = []
    if reach.person is not None:
        parts.append(select(Device.id).where(Device.holder_id == reach.person))
    if reach.units:
        people = select(Person.id).where(Person.unit_id.in_(reach.units))
        parts.append(select(Device.id).where(Device.holder_id.in_(people)))
    if reach.policies:
        parts.append(select(Device.id).where(Device.effective_policy_id.in_(reach.policies)))
    return parts


def _known_people(reach: Reach) -> list[AnySelect]:
    parts: list[AnySelect] = []
    if reach.person is not None:
        parts.append(select(Person.id).where(Person.id == reach.person))
    if reach.units:
        parts.append(select(Person.id).where(Person.unit_id.in_(reach.units)))
    if reach.policies:
        held = select(Device.holder_id).where(Device.effective_policy_id.in_(reach.policies))
        parts.append(held.where(Device.holder_id.is_not(None)))
    return parts


def _number_of_subject() -> ColumnElement[int]:
    """What follows the colon, when it is a number: PostgreSQL refuses to read anything else as one."""
    rest = func.substr(AuditEntry.subject, 8)
    is_number = func.length(func.trim(rest, "0123456789")) == 0
    return case((and_(is_number, rest != ""), cast(rest, BigInteger)), else_=0)
