"""The audit log: one line inside the transaction that changes what it tells of."""

from datetime import datetime

from sqlalchemy import Connection

from portal.db import audit_chain
from portal.db.transaction import Database
from portal.domain.audit import AuditEvent, AuditTag
from portal.ports.clock import Clock


def record(
    connection: Connection, tag: AuditTag, *, actor: str, subject: str, now: datetime, **particulars: str | int
) -> None:
    """Add a line in the caller's transaction; particulars never hold a PIN or a password.

    A line about an update, or with one among its particulars, is found with all others of that update.
    """
    update = particulars.get("update", "")
    correlation = subject if subject.startswith("update:") else f"update:{update}" if update else ""
    audit_chain.append(connection, AuditEvent(tag, actor, subject, particulars, correlation), now)


class AuditLog:
    """The log for those who have no transaction of their own open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, tag: AuditTag, *, actor: str, subject: str, **particulars: str | int) -> None:
        """Add a line by itself: something was refused, or seen."""
        with self._database.begin() as connection:
            record(connection, tag, actor=actor, subject=subject, now=self._clock.now(), **particulars)
