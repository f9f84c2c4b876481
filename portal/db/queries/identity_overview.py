"""What the first page tells of identity checks: how many wait, since when, and how many need somebody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from portal.db.base import AnySelect
from portal.db.models import IS_UNSETTLED, IdentityApplication
from portal.db.queries.paging import Count, capped_count
from portal.db.reach import checks_within, few_checks
from portal.domain.identity_check import Verdict
from portal.domain.reach import EVERYTHING, Reach


@dataclass(frozen=True, slots=True)
class ChecksOverview:
    """Checks whose answers are still to come, the time of the oldest, and those a person should look at."""

    waiting: Count
    oldest: datetime | None
    unsettled: Count


def checks_overview(connection: Connection, *, reach: Reach = EVERYTHING) -> ChecksOverview:
    """The figures, counted no further than anybody reads."""
    within = few_checks(connection, reach) or checks_within(reach)
    pending = (IdentityApplication.verdict == Verdict.PENDING, IdentityApplication.superseded_at.is_(None))
    waiting: AnySelect = select(IdentityApplication.id).where(*within, *pending)
    first = select(IdentityApplication.created_at).where(*within, *pending).order_by(IdentityApplication.id).limit(1)
    unsettled: AnySelect = select(IdentityApplication.id).where(*within, IS_UNSETTLED)
    return ChecksOverview(
        waiting=capped_count(connection, waiting),
        oldest=connection.execute(first).scalar(),
        unsettled=capped_count(connection, unsettled),
    )
