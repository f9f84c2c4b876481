"""Work in a row that one worker at a time is at: taken up for a while, and written to by the newest taker only.

A table of such work has ``id``, ``state``, ``fence``, ``tries`` and ``lease_until``. The fence counts who took the row
up; whoever comes with an older one finds nothing to write to.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, or_, select, update

from portal.db.base import AnyRow

#: Whoever is taken up so often without coming to an end never will.
TRIES: Final = 5

State = TypeVar("State", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class LeasedWork(Generic[State]):
    """``model`` is the table, ``open`` the states with something to do, ``lease`` how long one may think."""

    model: Any
    open: Collection[State]
    lease: timedelta

    def free(self, now: datetime) -> ColumnElement[bool]:
        """What a worker may take up: there is something to do, and nobody is at it."""
        nobody: ColumnElement[bool] = or_(self.model.lease_until.is_(None), self.model.lease_until <= now)
        something: ColumnElement[bool] = self.model.state.in_(self.open)
        return something & nobody

    def take(
        self, connection: Connection, number: int, now: datetime, becomes: Callable[[State], State]
    ) -> AnyRow | None:
        """The row as it was before it was taken up; None when there is nothing to do, or somebody is at it."""
        mine = select(self.model.__table__).where(self.model.id == number, self.free(now)).with_for_update()
        row = connection.execute(mine).one_or_none()
        if row is None:
            return None
        counted = {"fence": row.fence + 1, "tries": row.tries + 1, "lease_until": now + self.lease}
        taken = self.change(connection, number, row.fence, {**counted, "state": becomes(row.state)})
        return row if taken else None

    def change(self, connection: Connection, number: int, fence: int, values: Mapping[str, Any]) -> bool:
        """Write, unless somebody took the row up, or wants something else of it, since this fence was read."""
        own = update(self.model).where(self.model.id == number, self.model.fence == fence)
        return connection.execute(own.values(values)).rowcount == 1
