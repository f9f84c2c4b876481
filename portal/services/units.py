"""Units of the directory: made, renamed, moved with everything below them, and taken away when empty."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from portal.db.base import AnyRow
from portal.db.marks import mark_unit
from portal.db.models import FleetReview, Person, Policy, PolicyAssignment, Unit
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.ports.clock import Clock
from portal.services.audit import record
from portal.services.editors import Editor, changed_meanwhile, hold_units

_LONGEST: Final = 200
_DEEPEST: Final = 30

Tree = Mapping[int, AnyRow]


class Units:
    """What people do with the tree."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(self, name: str, parent: int | None, *, by: Editor) -> int:
        """Make a unit under this one; raises InvalidInput."""
        with self._database.begin() as connection:
            tree = hold_units(connection)
            path = _path(tree, name, parent, by=by)
            values = {"parent_id": parent, "name": path[-1], "path": path}
            number: int = connection.execute(insert(Unit).values(values).returning(Unit.id)).scalar_one()
            self._told(connection, AuditTag.UNIT_ADDED, number, by, unit=_said(path))
        return number

    def change(self, unit: int, name: str, parent: int | None, *, seen: str, by: Editor) -> None:
        """Rename the unit, or move it with all below it; ``seen`` is its path as the editor knew it.

        Raises NotFound, InvalidInput, or Conflict when somebody else changed it meanwhile.
        """
        with self._database.begin() as connection:
            tree = hold_units(connection)
            row = _own(tree, unit, by)
            if _said(row.path) != seen:
                raise changed_meanwhile(connection, f"unit:{unit}")
            path = _path(tree, name, parent, by=by, unit=unit)
            if path == row.path:
                return
            _store(connection, tree, _below(tree, unit), path)
            if parent != row.parent_id:
                connection.execute(update(Unit).where(Unit.id == unit).values(parent_id=parent))
                mark_unit(connection, unit, self._clock.now())
            tag = AuditTag.UNIT_RENAMED if parent == row.parent_id else AuditTag.UNIT_MOVED
            self._told(connection, tag, unit, by, unit=f"{_said(row.path)} → {_said(path)}")

    def delete(self, unit: int, *, by: Editor) -> None:
        """Take an empty unit away; raises NotFound, or Conflict that says what is in it."""
        with self._database.begin() as connection:
            tree = hold_units(connection)
            row = _own(tree, unit, by)
            _demand_empty(connection, tree, unit)
            _forget(connection, unit)
            connection.execute(delete(Unit).where(Unit.id == unit))
            self._told(connection, AuditTag.UNIT_DELETED, unit, by, unit=_said(row.path))

    def _told(self, connection: Connection, tag: AuditTag, number: int, by: Editor, *, unit: str) -> None:
        record(connection, tag, actor=by.login, subject=f"unit:{number}", now=self._clock.now(), unit=unit)


def relocate(connection: Connection, unit: int, path: list[str], parent: int | None, *, now: datetime) -> None:
    """Give a unit another path with all below it, in the caller's transaction; policies assigned to it stay."""
    tree = hold_units(connection)
    _store(connection, tree, _below(tree, unit), path)
    if parent != tree[unit].parent_id:
        connection.execute(update(Unit).where(Unit.id == unit).values(parent_id=parent))
        mark_unit(connection, unit, now)


def _own(tree: Tree, unit: int, by: Editor) -> AnyRow:
    """A unit this editor may change: the highest of a local administrator's units are not his to change."""
    row = tree.get(unit)
    if row is None or not by.reaches_unit(unit):
        raise NotFound("unit", id=str(unit))
    if not by.reaches_unit(row.parent_id):
        raise InvalidInput({"parent": "not_yours"})
    return row


def _path(tree: Tree, name: str, parent: int | None, *, by: Editor, unit: int | None = None) -> list[str]:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > _LONGEST or not tidy.isprintable():
        raise InvalidInput({"name": "required" if not tidy else "too_long" if len(tidy) > _LONGEST else "invalid"})
    if (parent is not None and parent not in tree) or not by.reaches_unit(parent):
        raise InvalidInput({"parent": "not_yours"})
    if unit is not None and parent in _below(tree, unit):
        raise InvalidInput({"parent": "inside_itself"})
    siblings = (row for row in tree.values() if row.parent_id == parent and row.id != unit)
    if any(fold(row.name) == fold(tidy) for row in siblings):
        raise InvalidInput({"name": "taken"})
    path = [*(tree[parent].path if parent is not None else ()), tidy]
    if len(path) > _DEEPEST:
        raise InvalidInput({"parent": "too_deep"})
    return path


def _below(tree: Tree, unit: int) -> list[int]:
    """The unit and everything below it."""
    top = tree[unit].path
    return [row.id for row in tree.values() if row.path[: len(top)] == top]


def _store(connection: Connection, tree: Tree, below: list[int], path: list[str]) -> None:
    old = min((tree[number].path for number in below), key=len)
    paths = {one: path + tree[one].path[len(old) :] for one in below}
    rows = [{"number": one, "name_": there[-1], "path_": there} for one, there in paths.items()]
    change = update(Unit.__table__).where(Unit.id == bindparam("number"))  # type: ignore[arg-type]
    connection.execute(change.values(name=bindparam("name_"), path=bindparam("path_")), rows)


def _demand_empty(connection: Connection, tree: Tree, unit: int) -> None:
    units = sum(row.parent_id == unit for row in tree.values())
    people = connection.execute(select(func.count()).where(Person.unit_id == unit)).scalar_one()
    query = select(Policy.name).join(PolicyAssignment, PolicyAssignment.policy_id == Policy.id)
    here = query.where(PolicyAssignment.unit_id == unit, PolicyAssignment.removed_at.is_(None))
    policies = connection.execute(here.distinct()).scalars().all()
    if units or people or policies:
        raise Conflict("unit_not_empty", units=str(units), people=str(people), policies=", ".join(sorted(policies)))


def _forget(connection: Connection, unit: int) -> None:
    """Let go of the unit what only remembers it: assignments that act no more, marks for the monitor."""
    ended = update(PolicyAssignment).where(PolicyAssignment.unit_id == unit)
    connection.execute(ended.values(unit_id=None))
    connection.execute(delete(FleetReview).where(FleetReview.unit_id == unit))


def _said(path: list[str]) -> str:
    return " / ".join(path)
