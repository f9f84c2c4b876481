"""The door of those who come without a password: tries are counted, and it is written down who came and who did not."""

from dataclasses import dataclass

from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.sign_in import SignInDenied, SignInTrouble
from portal.ports.clock import Clock
from portal.services import throttle
from portal.services.audit import record
from portal.services.sessions import Sessions, Visitor
from portal.services.welcoming import Guest, welcome


@dataclass(frozen=True, slots=True)
class SignInDoor:
    """``through`` is the connector one comes by."""

    database: Database
    clock: Clock
    sessions: Sessions
    through: str

    def take_try(self, visitor: Visitor) -> None:
        """Count a try before it is made; raises SignInDenied when it is too early for another."""
        subjects = {f"address:{visitor.address}": throttle.PER_ADDRESS}
        with self.database.begin() as connection:
            retry_at = throttle.take(connection, subjects, self.clock.now())
        if retry_at is not None:
            raise SignInDenied(SignInTrouble.THROTTLED, retry_at=retry_at)

    def note(self, denied: SignInDenied, visitor: Visitor) -> None:
        """Write down why nobody was let in."""
        who = denied.data.get("login", "")
        said = {key: denied.data[key] for key in ("detail", "serial") if denied.data.get(key)}
        said |= {"through": self.through, "why": denied.trouble.value, "address": visitor.address}
        with self.database.begin() as connection:
            now = self.clock.now()
            record(connection, AuditTag.ACCOUNT_SIGN_IN_FAILED, actor=who, subject=f"account:{who}", now=now, **said)

    def let_in(self, guest: Guest, visitor: Visitor) -> str:
        """The token of a new session."""
        with self.database.begin() as connection:
            return welcome(connection, self.sessions, guest, visitor, now=self.clock.now())
