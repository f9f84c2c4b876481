"""What everybody does about his own account: the password, the language and the theme, the other sessions."""

from sqlalchemy import select, update

from portal.db.models import Account
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.ids import AccountId
from portal.domain.passwords import weakness
from portal.ports.clock import Clock
from portal.services import passwords, throttle
from portal.services.audit import record
from portal.services.sessions import Sessions


class OwnAccount:
    """The care of one's own account."""

    def __init__(self, database: Database, clock: Clock, sessions: Sessions) -> None:
        self._database = database
        self._clock = clock
        self._sessions = sessions

    def change_password(self, account: AccountId, old: str, new: str, *, token: str, address: str) -> str:
        """Change the password; every session ends but this one, whose new token is answered.

        Raises InvalidInput when the old password is wrong, was tried too often, or the new one is too weak.
        """
        now = self._clock.now()
        with self._database.begin() as connection:
            query = select(Account.login, Account.password_hash).where(Account.id == account)
            known = connection.execute(query).one_or_none()
            if known is None:
                raise NotFound("account", id=str(account))
            if throttle.take_try(connection, known.login, address, now) is not None:
                raise InvalidInput({"old": "too_many_tries"})
        if not passwords.matches(known.password_hash, old):
            raise InvalidInput({"old": "wrong_password"})
        if problem := ("same_password" if old == new else weakness(new, known.login)):
            raise InvalidInput({"new": problem})
        fresh = {"password_hash": passwords.hashed(new), "must_change_password": False, "password_ends_at": None}
        with self._database.begin() as connection:
            throttle.forgive(connection, known.login, address)
            connection.execute(update(Account).where(Account.id == account).values(fresh))
            self._sessions.end(connection, account, now, but=token)
            who = {"actor": known.login, "subject": f"account:{known.login}"}
            record(connection, AuditTag.ACCOUNT_PASSWORD_CHANGED, now=now, **who)
        return self._sessions.rotate(token) or token

    def end_others(self, account: AccountId, login: str, *, token: str) -> int:
        """End every session but this one; answers how many there were."""
        now = self._clock.now()
        with self._database.begin() as connection:
            ended = self._sessions.end(connection, account, now, but=token)
            who = {"actor": login, "subject": f"account:{login}"}
            record(connection, AuditTag.ACCOUNT_SESSIONS_ENDED, now=now, **who, number=ended)
        return ended

    def prefer(self, account: AccountId, *, locale: str = "", theme: str = "") -> None:
        """Keep the language or the theme with the account; what is empty stays as it was."""
        wanted = {name: value for name, value in (("locale", locale), ("theme", theme)) if value}
        with self._database.begin() as connection:
            connection.execute(update(Account).where(Account.id == account).values(wanted))
