"""What is left of sessions that have ended: for a while what is needed to sign out elsewhere, then nothing."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select, update

from portal.db.models import AccountSession
from portal.db.transaction import Database
from portal.domain.ids import AccountId
from portal.ports.clock import Clock
from portal.services.sessions import digest

#: How long whoever signed out here may take to sign out elsewhere.
LEAVING: Final = timedelta(minutes=10)
_OWN: Final = AccountSession


@dataclass(frozen=True, slots=True)
class SessionLeavings:
    """Of every account."""

    database: Database
    clock: Clock

    def take_hint(self, ticket: str, through: str) -> tuple[AccountId, bytes] | None:
        """The hint of a session that ended just now, for the connector it came through; it is gone afterwards."""
        mine = (_OWN.token_hash == digest(ticket), _OWN.through == through, _OWN.hint.is_not(None))
        fresh = _OWN.revoked_at >= self.clock.now() - LEAVING
        with self.database.begin() as connection:
            row = connection.execute(select(_OWN.id, _OWN.account_id, _OWN.hint).where(*mine, fresh)).one_or_none()
            if row is None or row.hint is None:
                return None
            connection.execute(update(_OWN).where(_OWN.id == row.id).values(hint=None))
        return AccountId(row.account_id), row.hint

    def forget(self) -> None:
        """Drop the rows of sessions that are long over, and hints nobody came for."""
        now = self.clock.now()
        late = (_OWN.hint.is_not(None), _OWN.revoked_at < now - LEAVING)
        with self.database.begin() as connection:
            connection.execute(delete(_OWN).where(_OWN.expires_at < now))
            connection.execute(update(_OWN).where(*late).values(hint=None))
