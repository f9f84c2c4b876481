"""Units and groups of a directory outside, and who is in them, followed by ours."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import aliased

from portal.db import audit_chain
from portal.db.models import DirectoryLink, Group, Membership, Person, Unit
from portal.domain.audit import AuditEvent, AuditTag
from portal.domain.directory_sync import LinkKind, SyncEvent, correlation_of
from portal.domain.texts import fold
from portal.ports.directory import GroupEntry, UnitEntry
from portal.services.directory_links import Follower, correct, follow, followed, followers, let_go, locals_named
from portal.services.directory_run import Line, SyncRun
from portal.services.editors import look_again
from portal.services.groups import call
from portal.services.in_parts import batches
from portal.services.people import ensure_units
from portal.services.units import relocate


def move_units(connection: Connection, run: SyncRun, units: Iterable[UnitEntry], now: datetime) -> list[Line]:
    """Units that are called otherwise or stand elsewhere over there do so here too, with all that is in them."""
    wanted = list(units)
    links = followers(connection, run.connector, LinkKind.UNIT, {unit.key for unit in wanted})
    lines: list[Line] = []
    for unit in wanted:
        paths = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}
        link = links.get(unit.key)
        before = next((path for path, number in paths.items() if link and number == link.local), None)
        if before is None or before == unit.place or unit.place in paths:
            continue
        parent = ensure_units(connection, [unit.place[:-1]]).get(unit.place[:-1])
        relocate(connection, paths[before], list(unit.place), parent, now=now)
        lines.append(Line(SyncEvent.MOVED, "", f"{' / '.join(before)} → {' / '.join(unit.place)}"))
    return lines


def follow_units(connection: Connection, run: SyncRun, units: Iterable[UnitEntry]) -> None:
    """Units somebody stands in follow from now on."""
    links = followers(connection, run.connector, LinkKind.UNIT)
    paths = {tuple(row.path): row.id for row in connection.execute(select(Unit.id, Unit.path))}
    here = {unit.key: paths[unit.place] for unit in units if unit.place in paths}
    dead = {key for key, link in links.items() if link.local not in set(paths.values())}
    let_go(connection, run.connector, LinkKind.UNIT, dead)
    new = {key: number for key, number in here.items() if key not in links or key in dead}
    led = followed(connection, LinkKind.UNIT, new.values())
    follow(connection, run.connector, LinkKind.UNIT, [Follower(k, n) for k, n in new.items() if n not in led])


def take_group(
    connection: Connection, run: SyncRun, entry: GroupEntry, members: Collection[str], *, now: datetime
) -> list[Line]:
    """The group is called as over there, and holds those of this directory who are in it there."""
    known = followers(connection, run.connector, LinkKind.GROUP, {entry.key}).get(entry.key)
    number = _called(connection, run, entry, known)
    wanted = locals_named(connection, run.connector, members)
    lines = _change_members(connection, run, (number, entry.title), wanted, now=now)
    mark = Follower(entry.key, number, mark=entry.mark[:64])
    correct(connection, run.connector, LinkKind.GROUP, [mark])
    return lines


def drop_groups(connection: Connection, run: SyncRun, links: Collection[Follower], now: datetime) -> list[Line]:
    """Groups that are gone over there hold nobody of that directory any more; what is left of them is ours."""
    lines: list[Line] = []
    for link in links:
        title = connection.execute(select(Group.name).where(Group.id == link.local)).scalar_one_or_none()
        if title is not None:
            lines += _change_members(connection, run, (link.local, title), set(), now=now)
    let_go(connection, run.connector, LinkKind.GROUP, {link.key for link in links})
    return lines


def which_would_go(connection: Connection, links: Collection[Follower]) -> list[Line]:
    """A line for each of these groups, which are left as they are."""
    query = select(Group.name).where(Group.id.in_([link.local for link in links])).order_by(Group.name)
    return [Line(SyncEvent.LEAVING, "", title) for title in connection.execute(query).scalars()]


def _called(connection: Connection, run: SyncRun, entry: GroupEntry, known: Follower | None) -> int:
    names = {fold(row.name): row for row in connection.execute(select(Group.id, Group.name))}
    own = next((row for row in names.values() if known and row.id == known.local), None)
    same = names.get(fold(entry.title))
    if own is not None:
        if own.name != entry.title and (same is None or same.id == own.id):
            call(connection, own.id, own.name, entry.title)
        return int(own.id)
    if same is not None and (not run.settings.adopt or followed(connection, LinkKind.GROUP, [same.id])):
        title = f"{entry.title[:130]} ({run.name})"
        same = names.get(fold(title))
    else:
        title = entry.title
    made = insert(Group).values(name=title).returning(Group.id)
    number = int(same.id if same is not None else connection.execute(made).scalar_one())
    if known is not None:
        let_go(connection, run.connector, LinkKind.GROUP, {entry.key})
    follow(connection, run.connector, LinkKind.GROUP, [Follower(entry.key, number)])
    return number


def _change_members(
    connection: Connection, run: SyncRun, group: tuple[int, str], wanted: set[int], *, now: datetime
) -> list[Line]:
    number, title = group
    mine = (DirectoryLink.connector_id == run.connector, DirectoryLink.kind == LinkKind.PERSON)
    inside = select(Membership.person_id).join(DirectoryLink, DirectoryLink.local_id == Membership.person_id)
    there = set(connection.execute(inside.where(Membership.group_id == number, *mine)).scalars())
    come, left = wanted - there, there - wanted
    if come:
        connection.execute(insert(Membership), [{"person_id": one, "group_id": number} for one in sorted(come)])
    logins: dict[int, str] = {}
    for part in batches(sorted(left)):
        connection.execute(delete(Membership).where(Membership.group_id == number, Membership.person_id.in_(part)))
    for part in batches(sorted(come | left)):
        logins |= {
            row.id: row.login for row in connection.execute(select(Person.id, Person.login).where(Person.id.in_(part)))
        }
        connection.execute(update(Person).where(Person.id.in_(part)).values(version=Person.version + 1))
        look_again(connection, Person.id.in_(part), now)
    signs = {one: "+" if one in come else "−" for one in sorted(come | left)}
    tag, token = AuditTag.PERSON_CHANGED, correlation_of(run.id)
    said = (
        AuditEvent(tag, run.actor, f"person:{one}", {"groups": f"{sign} {title}"}, token) for one, sign in signs.items()
    )
    audit_chain.append_all(connection, said, now)
    return [Line(SyncEvent.GROUPS, logins[one], f"{sign} {title}", one) for one, sign in signs.items()]


def set_managers(connection: Connection, run: SyncRun) -> None:
    """Whose manager is another one over there has another one here; those outside of the directory stay unknown."""
    own, above = aliased(DirectoryLink), aliased(DirectoryLink)
    named = (above.connector_id == own.connector_id) & (above.kind == own.kind) & (above.name_hash == own.manager_hash)
    query = select(own.local_id, func.max(above.local_id).label("manager")).outerjoin(above, named)
    mine = query.join(Person, Person.id == own.local_id).where(
        own.connector_id == run.connector, own.kind == LinkKind.PERSON, own.manager_hash != ""
    )
    differs = func.max(above.local_id).is_distinct_from(Person.manager_id)
    rows = connection.execute(mine.group_by(own.local_id, Person.manager_id).having(differs)).all()
    changed = [{"number": row.local_id, "manager": row.manager} for row in rows if row.manager != row.local_id]
    if changed:
        one = update(Person.__table__).where(Person.id == bindparam("number"))  # type: ignore[arg-type]
        connection.execute(one.values(manager_id=bindparam("manager")), changed)
