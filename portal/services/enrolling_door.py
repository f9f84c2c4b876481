"""Where programs of other people show their password: whoever guesses waits, and waits longer each time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.db.transaction import Database
from portal.ports.clock import Clock
from portal.services import throttle
from portal.services.enrolling_accounts import EnrollingAccounts

#: A program has one password: who is wrong more often than a few times guesses.
PER_ADDRESS: Final = throttle.Limit(free=10, longest=timedelta(minutes=15))


class EnrollingThrottled(Exception):  # noqa: N818 - it says what happened
    """Too many were wrong from there; nothing is looked at before ``until``."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


@dataclass(frozen=True, slots=True)
class EnrollingDoor:
    """Only what was wrong is counted: many that are right at once hinder nobody."""

    database: Database
    clock: Clock
    accounts: EnrollingAccounts

    def let_in(self, name: str, password: str, address: str) -> Collection[str] | None:
        """The templates a program may order, None when it is not let in; raises EnrollingThrottled."""
        subject, now = f"enrolling:{address}", self.clock.now()
        with self.database.read() as connection:
            until = throttle.blocked(connection, subject, now)
        if until is not None:
            raise EnrollingThrottled(until)
        allowed = self.accounts.let_in(name, password)
        if allowed is None:
            with self.database.begin() as connection:
                throttle.take(connection, {subject: PER_ADDRESS}, now)
        return allowed
