"""What of a person or a group belongs to a directory outside, and so is not changed here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select

from portal.db.models import Connector, DirectoryLink
from portal.domain.connectors.ldap import owned_attributes
from portal.domain.directory_sync import LinkKind
from portal.domain.errors import Conflict, InvalidInput
from portal.services.in_parts import batches

#: Beside attributes: where somebody works and whether he is active; his groups only in a file, which names all of them.
_ALWAYS: Final = frozenset({"unit", "active"})


@dataclass(frozen=True, slots=True)
class Owner:
    """A directory outside, and what it owns of a person."""

    name: str
    fields: frozenset[str]

    def refuse(self, changed: Collection[str]) -> None:
        """Raise InvalidInput for each of these that is not changed here."""
        if found := self.fields & set(changed):
            raise InvalidInput(dict.fromkeys(sorted(found), "owned_by_directory"))


def owners_of(connection: Connection, people: Collection[int]) -> dict[int, Owner]:
    """The directories these people follow, as far as they follow one."""
    query = select(DirectoryLink.local_id, DirectoryLink.manager_hash, Connector.name, Connector.plain)
    linked = query.join(Connector, Connector.id == DirectoryLink.connector_id)
    found = {}
    for part in batches(sorted(people)):
        mine = (DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.local_id.in_(part))
        for row in connection.execute(linked.where(*mine)):
            manager = {"manager"} if row.manager_hash else set()
            found[row.local_id] = Owner(row.name, _fields(row.plain) | manager)
    return found


def refuse_followed(connection: Connection, person: int) -> None:
    """Raise Conflict for somebody whom a directory switches on and off."""
    if (owner := owners_of(connection, [person]).get(person)) is not None:
        raise Conflict("person_followed", directory=owner.name)


def forget_followed(connection: Connection, person: int, *, active: bool) -> None:
    """Let go of somebody who is deleted; raises Conflict while his directory has him."""
    if active:
        refuse_followed(connection, person)
    mine = (DirectoryLink.kind == LinkKind.PERSON, DirectoryLink.local_id == person)
    connection.execute(delete(DirectoryLink).where(*mine))


def refuse_followed_groups(connection: Connection, groups: Collection[int]) -> None:
    """Raise Conflict when one of these groups is filled by a directory."""
    query = select(Connector.name).join(DirectoryLink, Connector.id == DirectoryLink.connector_id)
    for part in batches(sorted(groups)):
        mine = (DirectoryLink.kind == LinkKind.GROUP, DirectoryLink.local_id.in_(part))
        if (name := connection.execute(query.where(*mine).limit(1)).scalar_one_or_none()) is not None:
            raise Conflict("group_followed", directory=name)


def _fields(plain: Mapping[str, str]) -> frozenset[str]:
    return _ALWAYS | owned_attributes(plain)
