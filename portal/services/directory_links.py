"""What of ours follows an entry of a directory outside."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from portal.db.models import DirectoryLink as Link
from portal.domain.directory_sync import LinkKind
from portal.domain.ids import ConnectorId
from portal.services.in_parts import batches

#: The ``mark`` of somebody who is there, switched off: that he is gone one day is still to come.
DISABLED_THERE: Final = "disabled"


@dataclass(frozen=True, slots=True)
class Follower:
    """One thing of ours and the entry it follows."""

    key: str
    local: int
    name_hash: str = ""
    manager_hash: str = ""
    mark: str = ""


def hash_of(name: str) -> str:
    """Stands for a whole name over there, however long; empty for none."""
    return sha256(name.encode()).hexdigest()[:40] if name else ""


def followers(
    connection: Connection, connector: ConnectorId, kind: LinkKind, keys: Collection[str] | None = None
) -> dict[str, Follower]:
    """By key: those of these keys, or all of them."""
    query = select(Link.key, Link.local_id, Link.name_hash, Link.manager_hash, Link.mark)
    mine = query.where(Link.connector_id == connector, Link.kind == kind)
    asked = [mine] if keys is None else [mine.where(Link.key.in_(part)) for part in batches(sorted(keys))]
    rows = (row for one in asked for row in connection.execute(one))
    return {row.key: Follower(row.key, row.local_id, row.name_hash, row.manager_hash, row.mark) for row in rows}


def followed(connection: Connection, kind: LinkKind, locals_: Iterable[int]) -> set[int]:
    """Which of these follow a directory already, whichever."""
    found: set[int] = set()
    for part in batches(sorted(locals_)):
        query = select(Link.local_id).where(Link.kind == kind, Link.local_id.in_(part))
        found |= set(connection.execute(query).scalars())
    return found


def locals_named(connection: Connection, connector: ConnectorId, hashes: Collection[str]) -> set[int]:
    """Numbers of the people these whole names stand for."""
    mine = (Link.connector_id == connector, Link.kind == LinkKind.PERSON)
    found: set[int] = set()
    for part in batches(sorted(hashes)):
        found |= set(connection.execute(select(Link.local_id).where(*mine, Link.name_hash.in_(part))).scalars())
    return found


def follow(connection: Connection, connector: ConnectorId, kind: LinkKind, new: Collection[Follower]) -> None:
    """From now on these follow."""
    fixed = {"connector_id": connector, "kind": kind, "owed": ""}
    rows = [{**fixed, **_columns(one), "local_id": one.local} for one in new]
    if rows:
        connection.execute(insert(Link), rows)


def correct(connection: Connection, connector: ConnectorId, kind: LinkKind, now: Collection[Follower]) -> None:
    """Write anew what is known of these entries over there."""
    own = update(Link.__table__).where(  # type: ignore[arg-type]
        Link.connector_id == connector, Link.kind == kind, Link.key == bindparam("its_key")
    )
    values: dict[str, Any] = {name: bindparam(f"its_{name}") for name in ("name_hash", "manager_hash", "mark")}
    rows = [{f"its_{name}": value for name, value in _columns(one).items()} for one in now]
    if rows:
        connection.execute(own.values(values), rows)


def let_go(connection: Connection, connector: ConnectorId, kind: LinkKind, keys: Collection[str]) -> None:
    """These follow nothing any more."""
    for part in batches(sorted(keys)):
        mine = (Link.connector_id == connector, Link.kind == kind, Link.key.in_(part))
        connection.execute(delete(Link).where(*mine))


def _columns(one: Follower) -> Mapping[str, Any]:
    told = {"name_hash": one.name_hash, "manager_hash": one.manager_hash, "mark": one.mark}
    return {"key": one.key, **told}
