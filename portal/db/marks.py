"""Parts of the fleet that have to be judged again: written down in one row, worked off by the monitor.

A mark costs the same for one device and for a million, so it goes into the transaction that made it necessary.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, insert

from portal.db.models import FleetReview
from portal.domain.ids import PolicyId


def mark_policy(connection: Connection, policy: PolicyId, now: datetime) -> None:
    """The devices under this policy: it says something else now."""
    _mark(connection, policy, None, now)


def mark_unit(connection: Connection, unit: int | None, now: datetime) -> None:
    """What the people of a unit, and of those below it, hold; None is the whole directory."""
    _mark(connection, None, unit, now)


def mark_everything(connection: Connection, now: datetime) -> None:
    """Every device."""
    _mark(connection, None, None, now)


def _mark(connection: Connection, policy: int | None, unit: int | None, now: datetime) -> None:
    # a review of the same part that is under way has judged some of it by what was: it begins again
    same = (FleetReview.policy_id.is_not_distinct_from(policy), FleetReview.unit_id.is_not_distinct_from(unit))
    connection.execute(delete(FleetReview).where(*same))
    values = {"policy_id": policy, "unit_id": unit, "after_id": 0, "asked_at": now}
    connection.execute(insert(FleetReview).values(values))
