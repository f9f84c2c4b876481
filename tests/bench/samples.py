"""What is asked of a generated fleet: people and devices taken at random, every filter, first pages and deep ones."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import combinations, product
from random import Random
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select

from portal.db.models import Device, Person, Policy
from portal.db.queries.devices import DeviceFilter
from portal.db.queries.paging import encode
from portal.db.transaction import Database
from portal.domain.device import DeviceState
from portal.domain.findings import NEED_BITS, UpdateReason
from portal.domain.ids import PolicyId
from portal.web.views_devices import EXPIRY_DAYS
from tests.bench.asks import Ask, directory_asks, run_asks

DEPTHS: Final = (0.1, 0.5, 0.9)
#: So many combinations of one kind of filter say the same as all of them, which would take hours.
MOST: Final = 12
_NAMES: Final = [one.name for one in fields(DeviceFilter)]


def questions(database: Database, seed: int, *, some: int = 40) -> list[Ask]:
    """Everything measured, over samples of this size."""
    random = Random(seed)
    with database.read() as connection:
        people, devices = _some(connection, random, Person, some), _some(connection, random, Device, some)
        words = _words(connection, random, people, devices)
        deep = _deep_people(connection)
        filters = _filters(connection)
        lists = [
            ask
            for name, every in filters.items()
            for ask in _lists(connection, name, random.sample(every, min(len(every), MOST)))
        ]
    return [
        Ask("search fragment", tuple(f"/admin/suggest?{urlencode({'q': word})}" for word in words), fragment=True),
        Ask("search page", tuple(f"/admin/search?{urlencode({'q': word})}" for word in words)),
        Ask("device card fragment", tuple(f"/admin/devices/{device}/card" for device in devices), fragment=True),
        Ask("device page", tuple(f"/admin/devices/{device}" for device in devices)),
        Ask("person card", tuple(f"/admin/people/{person}" for person in people)),
        Ask("people, first page", ("/admin/people",)),
        Ask("people, deep pages", tuple(f"/admin/people?after={place}" for place in deep)),
        Ask("people, searched", tuple(f"/admin/people?{urlencode({'q': word})}" for word in words)),
        *lists,
        *directory_asks(database, deep),
        *run_asks(database),
        Ask("overview", ("/admin/",)),
        Ask("units", ("/admin/people/units",)),
        Ask("groups", ("/admin/people/groups",)),
    ]


def _some(connection: Connection, random: Random, table: type[Person | Device], number: int) -> list[int]:
    last = connection.execute(select(func.max(table.id))).scalar_one()
    return [random.randint(1, last) for _ in range(number)]


def _words(connection: Connection, random: Random, people: list[int], devices: list[int]) -> list[str]:
    """What people type: beginnings of surnames, surname and name, logins, e-mails, serials, the wrong layout."""
    rows = connection.execute(select(Person.name, Person.login, Person.email).where(Person.id.in_(people))).all()
    serials = connection.execute(select(Device.serial).where(Device.id.in_(devices))).scalars().all()
    typed = []
    for place, row in enumerate(rows):
        surname, *rest = row.name.split()
        ways = (surname[:2], surname[:4], surname, f"{surname} {rest[0][:2]}", rest[0], row.login, row.email[:6])
        typed += [ways[place % len(ways)], random.choice(ways)]
    typed += [serial[:5] for serial in serials[:5]] + list(serials[5:10])
    return [*typed, "bdfyjd", "ivanov", "нетникогоподобного"]


def _deep_people(connection: Connection) -> list[str]:
    number = connection.execute(select(func.count()).select_from(Person)).scalar_one()
    places = []
    for depth in DEPTHS:
        query = select(Person.sort_key, Person.id).order_by(Person.sort_key, Person.id)
        row = connection.execute(query.offset(int(number * depth)).limit(1)).one()
        places.append(encode(row.sort_key, row.id))
    return places


@dataclass(frozen=True, slots=True)
class _Filter:
    """A filter as the address names it and as the query takes it."""

    arguments: dict[str, str]
    wanted: DeviceFilter


def _filters(connection: Connection) -> dict[str, list[_Filter]]:
    """Every single filter, pairs of every two kinds, and all kinds together."""
    kinds = _kinds(connection)
    found = {"no filter": [_Filter({}, DeviceFilter())], **kinds}
    for first, second in combinations(kinds, 2):
        pairs = product(_thinned(kinds[first]), _thinned(kinds[second]))
        found[f"{first} + {second}"] = [_both(one, other) for one, other in pairs]
    found["all"] = [reduce(_both, some) for some in product(*map(_thinned, list(kinds.values())[:-1]))]
    return found


def _kinds(connection: Connection) -> dict[str, list[_Filter]]:
    now = datetime.now(UTC)
    policies = connection.execute(select(Policy.id).order_by(Policy.id)).scalars().all()
    reasons = (*NEED_BITS, UpdateReason.OPTIONAL_AVAILABLE)
    expiry = [
        _Filter({"expiry": str(days)}, DeviceFilter(expires_from=now, expires_before=now + timedelta(days=days)))
        for days in EXPIRY_DAYS
    ]
    return {
        "state": [_Filter({"state": state.value}, DeviceFilter(state=state)) for state in DeviceState],
        "reason": [
            *(_Filter({"reason": reason.value}, DeviceFilter(reason=reason)) for reason in reasons),
            _Filter({"reason": "problem"}, DeviceFilter(troubled=True)),
            _Filter({"reason": "any"}, DeviceFilter(due=True)),
        ],
        "policy": [_Filter({"policy": str(one)}, DeviceFilter(policy=PolicyId(one))) for one in policies],
        "expiry": expiry,
        "words": [_Filter({"q": text}, DeviceFilter(text=text)) for text in ("ив", "анна", "1")],
    }


def _thinned(kind: list[_Filter]) -> list[_Filter]:
    """The first, the middle and the last of a kind: all of all would say the same again."""
    return [kind[place] for place in sorted({0, len(kind) // 2, len(kind) - 1})]


def _both(one: _Filter, other: _Filter) -> _Filter:
    narrowed = {name: getattr(other.wanted, name) for name in _NAMES if getattr(other.wanted, name)}
    return _Filter(one.arguments | other.arguments, replace(one.wanted, **narrowed))


def _lists(connection: Connection, name: str, filters: Sequence[_Filter]) -> list[Ask]:
    """The first pages of some filters, and pages in their depth."""
    first = tuple(_address(one) for one in filters)
    deep = tuple(_address(one, place) for one in filters for place in _places(connection, one.wanted))
    return [Ask(f"devices, {name}, first page", first), Ask(f"devices, {name}, deep pages", deep)][: 2 if deep else 1]


def _address(one: _Filter, after: str = "") -> str:
    arguments = one.arguments | ({"after": after} if after else {})
    return f"/admin/devices?{urlencode(arguments)}"


def _places(connection: Connection, wanted: DeviceFilter) -> list[str]:
    order = (Device.earliest_not_after, Device.id) if wanted.by_expiry else (Device.id,)
    rows = select(*order).order_by(*order)
    if wanted.by_expiry:
        rows = rows.where(
            Device.earliest_not_after >= wanted.expires_from, Device.earliest_not_after < wanted.expires_before
        )
    number = connection.execute(select(func.count()).select_from(rows.order_by(None).subquery())).scalar_one()
    found = [connection.execute(rows.offset(int(number * depth)).limit(1)).one_or_none() for depth in DEPTHS]
    return [encode(*row) for row in found if row is not None]
