"""What the children do about a run that a person gives up, and about what it still owes."""

import os
import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from portal.db.models import Update
from portal.domain.ids import UpdateId
from portal.services.debts import Debts
from portal.services.steps import HANDLERS
from portal.services.update_requests import note_giving_up
from tests.crash import after
from tests.crash.place import Place


@dataclass(frozen=True, slots=True)
class KilledBefore:
    """Stands in for a book of debts: this process dies right before it would be said that one is paid."""

    book: object

    def __getattr__(self, name: str) -> object:
        if name == "pay":
            os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self.book, name)


def in_vain(place: Place) -> None:
    """Claim after claim ended without progress: the next one gets stuck."""
    with place.ledger().database.begin() as connection:
        connection.execute(update(Update).where(Update.id == place.update).values(attempts=10))


def given_up(place: Place) -> None:
    """A person ends the stuck run."""
    with place.ledger().database.begin() as connection:
        note_giving_up(connection, UpdateId(place.update), comment="", actor="admin", now=datetime.now(UTC))


def settled(place: Place, ahead: timedelta, killed: bool = False) -> int:
    """A turn of the sweeper."""
    outside, book = place.outside(ahead), place.ledger().debts
    return Debts(KilledBefore(book) if killed else book, HANDLERS, outside).settle()  # type: ignore[arg-type]


def look(place: Place) -> after.Found:
    """What is there now."""
    outside = place.outside()
    status = place.ledger().row(UpdateId(place.update)).status
    return after.look(place, after.contents_of(place, outside), status)
