"""Where programs of other people show or prove their password: whoever guesses waits, and waits longer each time."""

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
        self.demand_patience(address)
        allowed = self.accounts.let_in(name, password)
        if allowed is None:
            self.note_wrong(address)
        return allowed

    def demand_patience(self, address: str) -> None:
        """Before anything is looked at that somebody from there says; raises EnrollingThrottled."""
        with self.database.read() as connection:
            until = throttle.blocked(connection, _subject(address), self.clock.now())
        if until is not None:
            raise EnrollingThrottled(until)

    def note_wrong(self, address: str) -> None:
        """Somebody from there did not know the secret he should."""
        with self.database.begin() as connection:
            throttle.take(connection, {_subject(address): PER_ADDRESS}, self.clock.now())


def _subject(address: str) -> str:
    return f"enrolling:{address}"
