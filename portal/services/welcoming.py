"""What happens when somebody has proved who he is, however he did: a session, a line of the log, a clean slate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, update

from portal.db.models import Account
from portal.domain.audit import AuditTag
from portal.domain.ids import AccountId
from portal.services import throttle
from portal.services.audit import record
from portal.services.sessions import Proof, Sessions, Visitor


@dataclass(frozen=True, slots=True)
class Guest:
    """Whose account it is, and what was proved with; ``about`` is for the log."""

    account: AccountId
    login: str
    proof: Proof
    about: Mapping[str, str] = field(default_factory=dict)


def welcome(connection: Connection, sessions: Sessions, guest: Guest, visitor: Visitor, *, now: datetime) -> str:
    """The token of a new session, in the caller's transaction."""
    throttle.forgive(connection, guest.login, visitor.address)
    token = sessions.open(connection, guest.account, visitor, now, proof=guest.proof)
    connection.execute(update(Account).where(Account.id == guest.account).values(last_signed_in_at=now))
    said = {**guest.about, "way": guest.proof.way.value} | (
        {"through": guest.proof.through} if guest.proof.through else {}
    )
    where = {"actor": guest.login, "subject": f"account:{guest.login}", "address": visitor.address}
    record(connection, AuditTag.ACCOUNT_SIGNED_IN, now=now, **where, **said)
    return token
