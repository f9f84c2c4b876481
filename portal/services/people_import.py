"""A file of people: kept sealed while somebody looks at what it would do, then taken over as a whole."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from portal.db.models import PeopleImport as Stored
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, NotFound
from portal.domain.people_columns import checked, guess
from portal.domain.people_decision import Decision
from portal.domain.people_import import decide
from portal.domain.people_table import Table, read_table
from portal.ports.clock import Clock
from portal.ports.vault import Vault
from portal.services.audit import record
from portal.services.people_compared import present_for
from portal.services.people_taken_over import take_over

LIFE: Final = timedelta(hours=1)
#: Enough for twenty thousand people with all their attributes.
LARGEST: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits: what is in it, and what each column means."""

    token: str
    file_name: str
    table: Table
    mapping: tuple[str, ...]


class PeopleImports:
    """From the file to the directory, in two steps."""

    def __init__(self, database: Database, clock: Clock, vault: Vault) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault

    def keep(self, raw: bytes, file_name: str, further: Sequence[str], *, owner: str) -> str:
        """Keep a file for its owner; answers the token it is found by. Raises BadTable."""
        table, token = read_table(raw), secrets.token_hex(16)
        values = {"token": token, "owner": owner, "file_name": file_name[:200], "expires_at": self._clock.now() + LIFE}
        mapping = list(guess(table.header, further))
        with self._database.begin() as connection:
            sealed = self._vault.seal(raw, context=_context(token))
            connection.execute(insert(Stored).values(**values, sealed=sealed, mapping=mapping))
        return token

    def opened(self, token: str, *, owner: str) -> Upload:
        """The file its owner kept; raises NotFound when it is gone, or somebody else's."""
        query = select(Stored.file_name, Stored.sealed, Stored.mapping)
        own = (Stored.token == token, Stored.owner == owner, Stored.expires_at > self._clock.now())
        with self._database.read() as connection:
            row = connection.execute(query.where(*own)).one_or_none()
        if row is None:
            raise NotFound("import")
        table = read_table(self._vault.open(row.sealed, context=_context(token)))
        return Upload(token, row.file_name, table, tuple(row.mapping))

    def understand(self, upload: Upload, mapping: Sequence[str], further: Sequence[str]) -> Upload:
        """Let the columns mean what the owner says."""
        chosen = checked(mapping, upload.table.header, further)
        with self._database.begin() as connection:
            connection.execute(update(Stored).where(Stored.token == upload.token).values(mapping=list(chosen)))
        return replace(upload, mapping=chosen)

    def decide(self, upload: Upload) -> Decision:
        """What taking the file over would do now."""
        with self._database.read() as connection:
            return decide(upload.table, upload.mapping, present_for(connection, upload.table, upload.mapping))

    def take_over(self, upload: Upload, fingerprint: str, *, leave_out: bool = False, actor: str) -> Decision:
        """Do it, all or nothing; ``leave_out`` lets lines that are wrong not stand in the way of the others.

        Raises Conflict when something is wrong, when the directory changed since the owner looked, or when the file
        was taken over already.
        """
        with self._database.read() as connection:  # thinking takes longer than writing, and locks nobody out here
            before = present_for(connection, upload.table, upload.mapping)
        decision = decide(upload.table, upload.mapping, before)
        if decision.fingerprint() != fingerprint:
            raise Conflict("import_changed")
        if decision.faults and not leave_out:
            raise Conflict("import_wrong", lines=str(decision.wrong))
        with self._database.begin() as connection:
            self._forget(connection, upload)
            if present_for(connection, upload.table, upload.mapping, hold=True) != before:
                raise Conflict("import_changed")
            now = self._clock.now()
            take_over(connection, decision, upload.token, actor=actor, now=now)
            particulars = {**_counts(decision), "file": upload.file_name}
            subject = f"import:{upload.token[:8]}"
            record(connection, AuditTag.PEOPLE_IMPORTED, actor=actor, subject=subject, now=now, **particulars)
        return decision

    def discard(self, token: str, *, owner: str) -> None:
        """Forget a file its owner does not want any more."""
        with self._database.begin() as connection:
            connection.execute(delete(Stored).where(Stored.token == token, Stored.owner == owner))

    def forget_old(self) -> int:
        """Forget files nobody confirmed in time; answers how many."""
        with self._database.begin() as connection:
            old = delete(Stored).where(Stored.expires_at <= self._clock.now())
            return connection.execute(old).rowcount

    def _forget(self, connection: Connection, upload: Upload) -> None:
        if connection.execute(delete(Stored).where(Stored.token == upload.token)).rowcount != 1:
            raise NotFound("import")


def _counts(decision: Decision) -> dict[str, str | int]:
    return {"added": len(decision.added), "changed": len(decision.changed), "left_out": decision.wrong}


def _context(token: str) -> str:
    return f"people-import:{token}"
