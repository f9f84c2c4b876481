"""A page of people of a directory outside becomes rows: who is new, who changes and in what, who is refused and why."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from sqlalchemy import Connection, select, update

from portal.db.base import AnyRow
from portal.db.models import DirectoryLink, Person, Unit
from portal.domain.directory_sync import LinkKind, SyncEvent, correlation_of
from portal.domain.people_decision import Decision, Known
from portal.domain.texts import fold
from portal.ports.directory import PersonEntry
from portal.services.directory_judging import Taken, Verdict, judge
from portal.services.directory_links import DISABLED_THERE, Follower, correct, follow, followed, followers, hash_of
from portal.services.directory_run import Line, SyncRun
from portal.services.in_parts import batches
from portal.services.people_taken_over import take_over

Judged = tuple[PersonEntry, Verdict]


def take_people(
    connection: Connection, run: SyncRun, entries: Collection[PersonEntry], now: datetime
) -> tuple[list[Line], set[str]]:
    """Write what these entries want; answers what is told of it, and the keys of those who are disabled there."""
    links = followers(connection, run.connector, LinkKind.PERSON, {entry.key for entry in entries})
    units = {row.id: tuple(row.path) for row in connection.execute(select(Unit.id, Unit.path))}
    known = _known(connection, {one.local for one in links.values()}, units)
    taken = _taken(connection, entries)
    adopted = _adopted(connection, run, entries, links, taken=taken, units=units)
    linked = {key: known[one.local] for key, one in links.items() if one.local in known}
    judged = _judged(run, entries, linked | adopted, taken)
    _write(connection, run, judged, now)
    kept = [entry for entry, verdict in judged if not verdict.refused]
    numbers = _follow(connection, run, kept, links, adopted=adopted)
    lines = [line for entry, verdict in judged for line in _lines(entry, verdict, numbers.get(entry.key))]
    return lines, {entry.key for entry, verdict in judged if verdict.leaves}


def _judged(run: SyncRun, entries: Iterable[PersonEntry], known: dict[str, Known], taken: Taken) -> list[Judged]:
    owned = run.settings.attributes.keys()
    people = dict(taken.people)
    judged = []
    for entry in entries:
        verdict = judge(entry, known.get(entry.key), Taken(people, taken.following), owned)
        if verdict.wanted is not None:
            # two of one page cannot have one login either
            someone = verdict.wanted.known.id if verdict.wanted.known else 0
            people.setdefault(fold(verdict.wanted.login), someone)
        judged.append((entry, verdict))
    return judged


def _write(connection: Connection, run: SyncRun, judged: Iterable[Judged], now: datetime) -> None:
    wanted = [verdict.wanted for _entry, verdict in judged if verdict.wanted is not None]
    added = tuple(one for one in wanted if one.known is None)
    changed = tuple(one for one in wanted if one.known is not None)
    if wanted:
        take_over(connection, Decision(added, changed), correlation_of(run.id), actor=run.actor, now=now, tell=_nobody)


def _follow(
    connection: Connection,
    run: SyncRun,
    entries: Collection[PersonEntry],
    links: dict[str, Follower],
    *,
    adopted: dict[str, Known],
) -> dict[str, int]:
    """Note who follows which entry; answers everybody's number by key."""
    new = {fold(entry.attributes["login"]): entry for entry in entries if entry.key not in links and entry.active}
    numbers: dict[str, int] = {}
    for part in batches(sorted(new)):
        found = connection.execute(select(Person.login_key, Person.id).where(Person.login_key.in_(part)))
        numbers |= {row.login_key: row.id for row in found}
    coming = [_follower(new[login], number) for login, number in numbers.items()]
    follow(connection, run.connector, LinkKind.PERSON, coming)
    run.newcomers = run.newcomers or bool(coming) or bool(adopted)
    stays = [_follower(entry, links[entry.key].local) for entry in entries if entry.key in links]
    differ = [one for one in stays if one != links[one.key]]
    correct(connection, run.connector, LinkKind.PERSON, differ)
    _owe_nothing(connection, run, [entry.key for entry in entries if entry.active and entry.key in links])
    return {one.key: one.local for one in (*coming, *links.values())}


def _follower(entry: PersonEntry, number: int) -> Follower:
    mark = "" if entry.active else DISABLED_THERE
    return Follower(entry.key, number, hash_of(entry.name), hash_of(entry.manager), mark)


def _owe_nothing(connection: Connection, run: SyncRun, keys: Collection[str]) -> None:
    """Whoever is back keeps his devices, as far as nothing was done with them yet."""
    for part in batches(sorted(keys)):
        mine = (DirectoryLink.connector_id == run.connector, DirectoryLink.kind == LinkKind.PERSON)
        back = update(DirectoryLink).where(*mine, DirectoryLink.key.in_(part), DirectoryLink.owed != "")
        connection.execute(back.values(owed=""))


def _lines(entry: PersonEntry, verdict: Verdict, person: int | None) -> Iterator[Line]:
    login = entry.attributes.get("login", "") or entry.name
    if verdict.refused:
        yield Line(SyncEvent.REFUSED, login, verdict.refused, person)
    wanted = verdict.wanted
    if wanted is None:
        return
    if wanted.known is None:
        yield Line(SyncEvent.ADDED, login, " / ".join(wanted.unit), person)
        return
    if "unit" in wanted.changed:
        way = f"{' / '.join(wanted.known.unit)} → {' / '.join(wanted.unit)}"
        yield Line(SyncEvent.MOVED, login, way, person)
    if others := [name for name in wanted.changed if name != "unit"]:
        yield Line(SyncEvent.CHANGED, login, ", ".join(others), person)


def _taken(connection: Connection, entries: Iterable[PersonEntry]) -> Taken:
    logins = {fold(entry.attributes.get("login", "")) for entry in entries} - {""}
    found: dict[str, int] = {}
    for part in batches(sorted(logins)):
        rows = connection.execute(select(Person.login_key, Person.id).where(Person.login_key.in_(part)))
        found |= {row.login_key: row.id for row in rows}
    return Taken(found, followed(connection, LinkKind.PERSON, found.values()))


def _adopted(
    connection: Connection,
    run: SyncRun,
    entries: Iterable[PersonEntry],
    links: dict[str, Follower],
    *,
    taken: Taken,
    units: dict[int, tuple[str, ...]],
) -> dict[str, Known]:
    """People kept by hand who have the login of an entry: from now on they follow it, where that is wished."""
    if not run.settings.adopt:
        return {}
    wanted: dict[int, str] = {}
    for entry in entries:
        number = taken.people.get(fold(entry.attributes.get("login", "")))
        if number is not None and number not in taken.following and entry.key not in links and not entry.fault:
            wanted.setdefault(number, entry.key)
    known = _known(connection, wanted.keys(), units)
    return {wanted[number]: one for number, one in known.items()}


def _known(connection: Connection, numbers: Collection[int], units: dict[int, tuple[str, ...]]) -> dict[int, Known]:
    """People as they are, kept from others until the transaction ends."""
    own = (Person.id, Person.unit_id, Person.attributes, Person.active)
    found: dict[int, Known] = {}
    for part in batches(sorted(numbers)):
        held = select(*own).where(Person.id.in_(part)).order_by(Person.id).with_for_update(key_share=True)
        found |= {row.id: _as_known(row, units[row.unit_id]) for row in connection.execute(held)}
    return found


def _as_known(row: AnyRow, unit: tuple[str, ...]) -> Known:
    # groups and managers come after everybody is there, so here they differ from nothing
    return Known(row.id, row.attributes, unit, frozenset(), "", row.active)


def _nobody(_written: int) -> None:
    """The synchronization counts for itself."""
