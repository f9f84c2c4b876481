"""Which index drives a list of devices, and what is left to be tested on the rows it brings.

The words typed come first when they are rare, then a problem, a reason, a rare state, the expiry, the policy.
"""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, or_, select, true

from portal.db.beside import beside
from portal.db.models import IS_DUE, IS_TROUBLED, Device, DeviceFinding, DeviceTag, TermKind
from portal.db.models import SearchTerm as Term
from portal.db.queries.device_filter import DeviceFilter
from portal.db.queries.hits import RARE, devices_hit, rarest
from portal.db.reach import devices_within, few_devices
from portal.db.words import begins_with
from portal.domain.findings import NEED_BITS, UpdateReason
from portal.domain.reach import EVERYTHING, Reach

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Driver:
    """Conditions an index answers, and tests made on what it brings.

    ``few``: so little is brought that it is put in order afterwards.
    """

    conditions: tuple[Condition, ...] = ()
    tests: tuple[Condition, ...] = ()
    few: bool = False


def driver_for(
    connection: Connection, wanted: DeviceFilter, words: tuple[str, ...], reach: Reach = EVERYTHING
) -> Driver:
    """How to find the devices that pass this filter and lie within reach."""
    few = few_devices(connection, reach)
    if few is not None:
        return Driver(few, (*_tests(wanted), *map(_has_word, words)), few=True)
    driver = _whole(connection, wanted, words)
    return Driver(driver.conditions, (*driver.tests, *devices_within(reach)))


def _whole(connection: Connection, wanted: DeviceFilter, words: tuple[str, ...]) -> Driver:
    if not words:
        conditions, left = _index(wanted)
        return Driver(conditions, tuple(_tests(left)))
    word, number = rarest(connection, words)
    if number > RARE and len(words) == 1:  # so common that a page fills quickly whatever drives
        conditions, left = _index(wanted)
        return Driver(conditions, (*_tests(left), _has_word(word)))
    others = (_has_word(one) for one in words if one != word)
    return Driver((Device.id.in_(devices_hit(word)),), (*_tests(wanted), *others))


def _index(wanted: DeviceFilter) -> tuple[tuple[Condition, ...], DeviceFilter]:
    """The conditions that drive, and the filter without them."""
    if wanted.tag:
        tagged = select(DeviceTag.device_id).where(DeviceTag.tag == wanted.tag)
        return (Device.id.in_(tagged),), replace(wanted, tag="")
    if wanted.troubled:
        return (IS_TROUBLED,), replace(wanted, troubled=False)
    if wanted.reason is not None:
        due = wanted.due and not wanted.reason.due  # a due reason says it already
        return (_with_reason(wanted.reason),), replace(wanted, reason=None, due=due)
    if wanted.rare_state:
        own = (Device.state == wanted.state, *_policy(wanted))
        return own, replace(wanted, state=None, policy=None)
    due_too = (IS_DUE,) if wanted.due else ()
    if wanted.by_expiry:
        return (*_expiry(wanted, Device.earliest_not_after), *due_too), _unbounded(wanted)
    if wanted.due:
        return due_too, replace(wanted, due=False)
    return tuple(_policy(wanted)), replace(wanted, policy=None)


def _tests(wanted: DeviceFilter) -> list[Condition]:
    found: list[Condition] = [*_expiry(wanted, beside(Device.earliest_not_after))]
    if wanted.state is not None:
        found.append(beside(Device.state) == wanted.state)
    if wanted.policy is not None:
        found.append(beside(Device.effective_policy_id) == wanted.policy)
    if wanted.reason is not None:
        found.append(_has_reason(wanted.reason))
    if wanted.due:
        found.append(beside(Device.need) > 0)
    if wanted.tag:
        found.append(exists().where(DeviceTag.tag == wanted.tag, DeviceTag.device_id == Device.id))
    if wanted.troubled:
        found.append(beside(Device.problem) != "")
    return found


def _policy(wanted: DeviceFilter) -> list[Condition]:
    return [] if wanted.policy is None else [Device.effective_policy_id == wanted.policy]


def _unbounded(wanted: DeviceFilter) -> DeviceFilter:
    return replace(wanted, expires_from=None, expires_before=None, due=False)


def _expiry(wanted: DeviceFilter, end: Any) -> list[Condition]:
    bounds = []
    if wanted.expires_from is not None:
        bounds.append(end >= wanted.expires_from)
    if wanted.expires_before is not None:
        bounds.append(end < wanted.expires_before)
    return bounds


def _with_reason(reason: UpdateReason) -> Condition:
    if reason is UpdateReason.OPTIONAL_AVAILABLE:  # half of a fleet: the row itself says it
        return Device.possible == true()
    return Device.id.in_(select(DeviceFinding.device_id).where(DeviceFinding.reason == reason))


def _has_reason(reason: UpdateReason) -> Condition:
    if reason in NEED_BITS:
        return beside(Device.need).bitwise_and(NEED_BITS[reason]) > 0
    if reason is UpdateReason.OPTIONAL_AVAILABLE:
        return beside(Device.possible) == true()
    return exists().where(DeviceFinding.reason == reason, DeviceFinding.device_id == Device.id)


def _has_word(word: str) -> Condition:
    begins = begins_with(beside(Term.term), word)
    own = exists().where(Term.entity_id == Device.id, Term.kind == TermKind.DEVICE, begins)
    held = exists().where(Term.entity_id == Device.holder_id, Term.kind == TermKind.PERSON, begins)
    return or_(own, held)
