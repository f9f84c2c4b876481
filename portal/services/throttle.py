"""Growing delays after failed sign-ins, per account and per address; kept in the database, so every process knows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, select

from portal.db.base import AnyRow
from portal.db.models import SignInAttempt
from portal.db.upsert import upsert

#: A subject that behaved for so long starts anew.
FORGET_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures cost nothing, then each doubles the delay up to the longest."""

    free: int
    longest: timedelta

    def delay(self, failures: int) -> timedelta:
        """How long the next try must wait after this many failures."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta()
        return min(timedelta(seconds=2 ** min(beyond, 20)), self.longest)


PER_ACCOUNT: Final = Limit(free=3, longest=timedelta(minutes=5))
PER_ADDRESS: Final = Limit(free=10, longest=timedelta(minutes=15))


def take_try(connection: Connection, login: str, address: str, now: datetime) -> datetime | None:
    """Count one try before it is made; answers until when it must wait, None when it may be made now.

    Counted first, so that many tries at once cannot slip in together; a try that succeeds is forgotten afterwards.
    """
    return take(connection, {f"account:{login}": PER_ACCOUNT, f"address:{address}": PER_ADDRESS}, now)


def take(connection: Connection, subjects: Mapping[str, Limit], now: datetime) -> datetime | None:
    """The same for whatever else must not be tried too often, each subject by its own limit."""
    limits = {subject[:200]: limit for subject, limit in subjects.items()}
    known = _attempts(connection, limits)
    blocked = max((row.blocked_until for row in known.values()), default=now)
    if blocked > now:
        return blocked
    for subject, limit in limits.items():
        row = known.get(subject)
        earlier = row.failures if row and row.last_failed_at > now - FORGET_AFTER else 0
        failures = earlier + 1
        values = {"failures": failures, "last_failed_at": now, "blocked_until": now + limit.delay(failures)}
        upsert(connection, SignInAttempt, {"subject": subject}, values)
    return None


def blocked(connection: Connection, subject: str, now: datetime) -> datetime | None:
    """Until when a subject must wait; None when it may try now. Nothing is counted: see ``take``."""
    row = _attempts(connection, [subject[:200]]).get(subject[:200])
    return row.blocked_until if row is not None and row.blocked_until > now else None


def forgive(connection: Connection, login: str, address: str) -> None:
    """Forget the account's failures after a success, and the one try counted against the address."""
    connection.execute(delete(SignInAttempt).where(SignInAttempt.subject == f"account:{login}"[:200]))
    subject = f"address:{address}"[:200]
    row = _attempts(connection, [subject]).get(subject)
    if row is not None:
        values = {"failures": max(row.failures - 1, 0), "last_failed_at": row.last_failed_at}
        upsert(connection, SignInAttempt, {"subject": subject}, {**values, "blocked_until": row.last_failed_at})


def forget(connection: Connection, subject: str) -> None:
    """Forget all failures of one subject."""
    connection.execute(delete(SignInAttempt).where(SignInAttempt.subject == subject[:200]))


def forget_old(connection: Connection, now: datetime) -> None:
    """Drop the rows of subjects that behaved long enough."""
    connection.execute(delete(SignInAttempt).where(SignInAttempt.last_failed_at < now - FORGET_AFTER))


def _attempts(connection: Connection, subjects: Iterable[str]) -> dict[str, AnyRow]:
    own = SignInAttempt
    query = select(own.subject, own.failures, own.last_failed_at, own.blocked_until)
    return {row.subject: row for row in connection.execute(query.where(own.subject.in_(list(subjects))))}
