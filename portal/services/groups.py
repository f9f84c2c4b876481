"""Groups of the directory, and who is in them."""

from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.db.base import AnyRow
from portal.db.models import Group, Membership, Person, Policy, PolicyAssignment
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import PersonId
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.directory_owned import refuse_followed_groups
from portal.services.editors import Editor, changed_meanwhile, hold_person, look_again
from portal.services.letters import rename_group

_LONGEST: Final = 200


class Groups:
    """What people do with groups; the groups themselves belong to the whole directory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, name: str, *, by: Editor) -> int:
        """Make a group; raises InvalidInput."""
        by.demand_all()
        try:
            with self._database.begin() as connection:
                tidy = _name(connection, name)
                number: int = connection.execute(insert(Group).values(name=tidy).returning(Group.id)).scalar_one()
                self._told(connection, AuditTag.GROUP_ADDED, number, by, group=tidy)
        except IntegrityError as error:
            raise InvalidInput({"name": "taken"}) from error
        return number

    def rename(self, group: int, name: str, *, seen: str, by: Editor) -> None:
        """Give the group another name, also where policies are assigned to it; raises InvalidInput or Conflict."""
        by.demand_all()
        with self._database.begin() as connection:
            row = _held(connection, group)
            refuse_followed_groups(connection, [group])
            if row.name != seen:
                raise changed_meanwhile(connection, f"group:{group}")
            tidy = _name(connection, name, but=group)
            if tidy == row.name:
                return
            call(connection, group, row.name, tidy)
            self._told(connection, AuditTag.GROUP_RENAMED, group, by, group=f"{row.name} → {tidy}")

    def delete(self, group: int, *, by: Editor) -> None:
        """Take the group and its memberships away; raises Conflict that names the policies assigned to it."""
        by.demand_all()
        with self._database.begin() as connection:
            row = _held(connection, group)
            refuse_followed_groups(connection, [group])
            policies = sorted({assignment.policy for assignment, _ in _assignments(connection, row.name)})
            if policies:
                raise Conflict("group_in_use", policies=", ".join(policies))
            connection.execute(delete(Membership).where(Membership.group_id == group))
            connection.execute(delete(Group).where(Group.id == group))
            self._told(connection, AuditTag.GROUP_DELETED, group, by, group=row.name)

    def add_member(self, group: int, person: PersonId, *, by: Editor) -> bool:
        """Take a person into the group; answers whether he was not in it yet."""
        return self._change(group, person, by, inside=True)

    def remove_member(self, group: int, person: PersonId, *, by: Editor) -> bool:
        """Take a person out of the group; answers whether he was in it."""
        return self._change(group, person, by, inside=False)

    def _change(self, group: int, person: PersonId, by: Editor, *, inside: bool) -> bool:
        with self._database.begin() as connection:
            hold_person(connection, person, by)
            row = _held(connection, group)
            refuse_followed_groups(connection, [group])
            own = (Membership.group_id == group) & (Membership.person_id == person)
            if (connection.execute(select(Membership.group_id).where(own)).first() is not None) == inside:
                return False
            values = {"group_id": group, "person_id": person}
            connection.execute(insert(Membership).values(values) if inside else delete(Membership).where(own))
            connection.execute(update(Person).where(Person.id == person).values(version=Person.version + 1))
            now = self._clock.now()
            look_again(connection, Person.id == person, now)
            what = {"actor": by.login, "subject": f"person:{person}", "groups": f"{'+' if inside else '−'} {row.name}"}
            record(connection, AuditTag.PERSON_CHANGED, now=now, **what)
        return True

    def _told(self, connection: Connection, tag: AuditTag, number: int, by: Editor, *, group: str) -> None:
        record(connection, tag, actor=by.login, subject=f"group:{number}", now=self._clock.now(), group=group)


def call(connection: Connection, group: int, before: str, name: str) -> None:
    """Give a group another name, wherever it is named, in the caller's transaction."""
    connection.execute(update(Group).where(Group.id == group).values(name=name))
    for assignment, names in _assignments(connection, before):
        renamed = sorted(name if one == before else one for one in names)
        own = PolicyAssignment.id == assignment.id
        connection.execute(update(PolicyAssignment).where(own).values(groups=renamed))
    rename_group(connection, before, name)


def _held(connection: Connection, group: int) -> AnyRow:
    query = select(Group.id, Group.name).where(Group.id == group).with_for_update(key_share=True)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("group", id=str(group))
    return row


def _name(connection: Connection, name: str, *, but: int | None = None) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > _LONGEST or not tidy.isprintable():
        raise InvalidInput({"name": "required" if not tidy else "too_long" if len(tidy) > _LONGEST else "invalid"})
    others = connection.execute(select(Group.id, Group.name))
    if any(row.id != but and fold(row.name) == fold(tidy) for row in others):
        raise InvalidInput({"name": "taken"})
    return tidy


def _assignments(connection: Connection, name: str) -> list[tuple[AnyRow, list[str]]]:
    query = select(PolicyAssignment.id, PolicyAssignment.groups, Policy.name.label("policy"))
    acting = query.join(Policy, Policy.id == PolicyAssignment.policy_id).where(PolicyAssignment.removed_at.is_(None))
    rows = connection.execute(acting.order_by(PolicyAssignment.id))
    return [(row, row.groups) for row in rows if name in row.groups]
