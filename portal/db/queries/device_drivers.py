"""Which index drives a list of devices, and what is left to be tested on the rows it brings.

The words typed come first when they are rare, then a problem, a reason, a rare state, the expiry, the policy.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, exists, or_, select, true

from portal.db.beside import beside
from portal.db.models import IS_DUE, IS_TROUBLED, Device, DeviceFinding, DeviceTag, TermKind
from portal.db.models import SearchTerm as Term
from portal.db.queries.device_filter import DeviceFilter
from portal.db.queries.hits import RARE, devices_hit, people_hit, rarest
from portal.db.reach import devices_within, few_devices
from portal.db.words import begins_with
from portal.domain.findings import NEED_BITS, UpdateReason
from portal.domain.reach import EVERYTHING, Reach

Condition = ColumnElement[bool]


#: People who have several common words: so many are looked for.
PEOPLE: Final = 1000


@dataclass(frozen=True, slots=True)
class Driver:
    """Conditions an index answers, and tests made on what it brings.

    ``few``: so little is brought that it is put in order afterwards. ``reason``: the findings of this reason drive.
    ``dear``: a test looks elsewhere than at the device's own entry of the index.
    ``since`` and ``until`` bound a list by expiry.
    """

    conditions: tuple[Condition, ...] = ()
    tests: tuple[Condition, ...] = ()
    few: bool = False
    reason: UpdateReason | None = None
    dear: bool = False
    since: datetime | None = None
    until: datetime | None = None


def driver_for(
    connection: Connection,
    wanted: DeviceFilter,
    words: tuple[str, ...],
    reach: Reach = EVERYTHING,
    *,
    people: int = PEOPLE,
) -> Driver:
    """How to find the devices that pass this filter and lie within reach; of ``people`` so many will do."""
    few = few_devices(connection, reach)
    if few is not None:
        return Driver(few, (*_tests(wanted), *map(_has_word, words)), few=True)
    driver = _whole(connection, wanted, words, people)
    within = devices_within(reach)
    return replace(driver, tests=(*driver.tests, *within), dear=driver.dear or bool(within))


def _whole(connection: Connection, wanted: DeviceFilter, words: tuple[str, ...], people: int) -> Driver:
    if not words:
        return _index(wanted)
    word, number = rarest(connection, words)
    if number <= RARE:
        others = (_has_word(one) for one in words if one != word)
        return Driver((Device.id.in_(devices_hit(word)),), (*_tests(wanted), *others), few=True)
    if len(words) > 1:
        return _several(connection, wanted, words, rare=word, some=people)
    driver = _index(wanted)  # so common that a page fills quickly whatever drives
    return replace(driver, tests=(*driver.tests, _has_word(word)), dear=True)


def _several(connection: Connection, wanted: DeviceFilter, words: tuple[str, ...], *, rare: str, some: int) -> Driver:
    """Several words, each of them common: what is held by people who have them all, or some of those with one."""
    people = people_hit(connection, words, some)
    if people:
        numbered = (_has_word(one) for one in words if not one.isalpha())  # may be of another device of theirs
        return Driver((Device.holder_id.in_(people),), (*_tests(wanted), *numbered), few=True)
    others = (_has_word(one) for one in words if one != rare)
    return Driver((Device.id.in_(devices_hit(rare, limit=some)),), (*_tests(wanted), *others), few=True)


def _index(wanted: DeviceFilter) -> Driver:
    """The conditions that drive, and tests for the rest of the filter."""
    if wanted.tag:
        tagged = select(DeviceTag.device_id).where(DeviceTag.tag == wanted.tag)
        return Driver((Device.id.in_(tagged),), _tests(replace(wanted, tag="")), dear=True)
    if wanted.troubled:
        return Driver((IS_TROUBLED,), _tests(replace(wanted, troubled=False)))
    if wanted.reason is not None and not (wanted.rare_state and wanted.reason in NEED_BITS):
        return _with_reason(wanted, wanted.reason)
    if wanted.rare_state:  # its index tells what they need, too
        own = (Device.state == wanted.state, *_policy(wanted))
        return Driver(own, _tests(replace(wanted, state=None, policy=None)))
    if wanted.by_expiry:  # its index does not tell who is due
        left = replace(wanted, expires_from=None, expires_before=None)
        return Driver((), _tests(left), dear=wanted.due, since=wanted.expires_from, until=wanted.expires_before)
    if wanted.due:
        return Driver((IS_DUE,), _tests(replace(wanted, due=False)))
    return Driver(tuple(_policy(wanted)), _tests(replace(wanted, policy=None)))


def _with_reason(wanted: DeviceFilter, reason: UpdateReason) -> Driver:
    due = wanted.due and not reason.due  # a due reason says it already
    tests = _tests(replace(wanted, reason=None, due=due))
    if reason is UpdateReason.OPTIONAL_AVAILABLE:  # half of a fleet: the row itself says it
        return Driver((Device.possible == true(),), tests)
    return Driver((), tests, reason=reason, dear=True)


def _tests(wanted: DeviceFilter) -> tuple[Condition, ...]:
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
    return tuple(found)


def _policy(wanted: DeviceFilter) -> list[Condition]:
    return [] if wanted.policy is None else [Device.effective_policy_id == wanted.policy]


def _expiry(wanted: DeviceFilter, end: Any) -> list[Condition]:
    bounds = []
    if wanted.expires_from is not None:
        bounds.append(end >= wanted.expires_from)
    if wanted.expires_before is not None:
        bounds.append(end < wanted.expires_before)
    return bounds


def _has_reason(reason: UpdateReason) -> Condition:
    if reason in NEED_BITS:
        return beside(Device.need).bitwise_and(NEED_BITS[reason]) > 0
    if reason is UpdateReason.OPTIONAL_AVAILABLE:
        return beside(Device.possible) == true()
    return exists().where(DeviceFinding.reason == reason, DeviceFinding.device_id == Device.id)


def _has_word(word: str) -> Condition:
    begins = begins_with(beside(Term.term), word)
    own = select(Term.term).where(Term.entity_id == Device.id, Term.kind == TermKind.DEVICE, begins)
    held = select(Term.term).where(Term.entity_id == Device.holder_id, Term.kind == TermKind.PERSON, begins)
    # the offset keeps PostgreSQL from gathering everybody who has the word, for the few rows of a stretch
    return or_(*(one.correlate(Device).offset(0).exists() for one in (own, held)))
