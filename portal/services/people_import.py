"""A file of people: kept sealed, checked by a worker, looked at by its owner, then taken over as a whole."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select

from portal.db.models import PeopleImport as Stored
from portal.db.transaction import Database
from portal.domain.errors import Conflict, NotFound
from portal.domain.ids import ImportId
from portal.domain.import_state import ImportState
from portal.domain.people_columns import checked, guess
from portal.domain.people_preview import Preview
from portal.domain.people_table import read_table
from portal.ports.clock import Clock
from portal.ports.queue import ImportFeed, ImportQueue
from portal.ports.vault import Vault
from portal.services.people_import_rows import AT_WORK, BRIEF, LIFE, WORK, Safe, row_of

#: Enough for twenty thousand people with all their attributes.
LARGEST: Final = 8 * 1024 * 1024
AT_ONCE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A file in a list."""

    id: ImportId
    token: str
    file_name: str
    state: ImportState
    changed_at: datetime
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Brief):
    """A file that is kept: how far it is, what each column means, what the check found; ``done`` people are written."""

    mapping: tuple[str, ...]
    total: int
    done: int
    preview: Preview | None
    fault: str
    leave_out: bool


@dataclass(frozen=True, slots=True)
class PeopleImports:
    """What the owner of a file does with it. Whatever takes long is done by a worker, see ``people_import_work``."""

    database: Database
    clock: Clock
    vault: Vault
    queue: ImportQueue
    feed: ImportFeed

    def keep(self, raw: bytes, file_name: str, further: Sequence[str], *, owner: str) -> str:
        """Keep a file for its owner and have it checked; answers the token it is found by. Raises BadTable."""
        table, token, now = read_table(raw), secrets.token_hex(16), self.clock.now()
        values: dict[str, Any] = {"token": token, "owner": owner, "file_name": file_name[:200]}
        values |= {"mapping": list(guess(table.header, further)), "total": len(table.rows)}
        values |= {"state": ImportState.CHECKING, "changed_at": now, "expires_at": now + LIFE}
        sealed = Safe(self.vault, token).seal_file(raw)
        with self.database.begin() as connection:
            made = insert(Stored).values(**values, sealed=sealed).returning(Stored.id)
            number = ImportId(connection.execute(made).scalar_one())
        self.queue.carry_import(number, 0)
        return token

    def opened(self, token: str, *, owner: str) -> Upload:
        """The file as it stands now; raises NotFound when it is gone, or somebody else's."""
        with self.database.read() as connection:
            row = row_of(connection, token, owner, self.clock.now())
        if row is None:
            raise NotFound("import")
        found = dict(row._mapping)
        number, running = ImportId(found["id"]), row.state is ImportState.RUNNING
        found["done"] = self.feed.reached(number, row.fence) if running else 0
        found["mapping"] = tuple(row.mapping)
        return Upload(**{**found, "preview": Safe(self.vault, token).preview(row.preview)})

    def of_owner(self, owner: str) -> tuple[Brief, ...]:
        """The files this account has here, the newest first."""
        own = (Stored.owner == owner, Stored.expires_at > self.clock.now())
        with self.database.read() as connection:
            rows = connection.execute(select(*BRIEF).where(*own).order_by(Stored.id.desc()).limit(AT_ONCE))
            return tuple(Brief(**row._mapping) for row in rows)

    def understand(self, upload: Upload, mapping: Sequence[str], further: Sequence[str]) -> None:
        """Check again, with columns that mean what the owner says; with none given they mean what they did."""
        if upload.preview is not None and mapping:
            mapping = checked(mapping, upload.preview.header, further)
        if upload.state not in {ImportState.CHECKED, ImportState.FAILED}:
            raise Conflict("import_moved")
        self._order(upload, ImportState.CHECKING, mapping=list(mapping or upload.mapping), leave_out=False)

    def confirm(self, upload: Upload, fingerprint: str, *, leave_out: bool = False) -> None:
        """Have it taken over, all or nothing; ``leave_out`` lets wrong lines not stand in the way of the others.

        Raises Conflict when something is wrong, or when this is not what the owner looked at.
        """
        if upload.state is not ImportState.CHECKED or upload.preview is None:
            raise Conflict("import_moved")
        if upload.preview.fingerprint != fingerprint:
            raise Conflict("import_changed")
        if upload.preview.wrong and not leave_out:
            raise Conflict("import_wrong", lines=str(upload.preview.wrong))
        self._order(upload, ImportState.QUEUED, leave_out=leave_out)

    def discard(self, upload: Upload) -> None:
        """Forget a file its owner does not want any more; raises Conflict once it was confirmed and is not over."""
        own = (Stored.id == upload.id, Stored.fence == upload.fence, Stored.state == upload.state)
        with self.database.begin() as connection:
            if upload.state.ordered or not connection.execute(delete(Stored).where(*own)).rowcount:
                raise Conflict("import_moved")

    def ring_due(self) -> int:
        """Ring for every file there is something to do about and nobody is at; answers for how many."""
        query = select(Stored.id, Stored.fence).where(WORK.free(self.clock.now())).order_by(Stored.id).limit(AT_ONCE)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            self.queue.carry_import(ImportId(row.id), row.fence)
        return len(rows)

    def forget_old(self) -> int:
        """Forget files nobody does anything about; answers how many."""
        old = (Stored.expires_at <= self.clock.now(), Stored.state.not_in(AT_WORK))
        with self.database.begin() as connection:
            return connection.execute(delete(Stored).where(*old)).rowcount

    def _order(self, upload: Upload, state: ImportState, **values: Any) -> None:
        now, fence = self.clock.now(), upload.fence + 1
        values |= {"state": state, "fence": fence, "tries": 0, "lease_until": None, "fault": ""}
        values |= {"changed_at": now, "expires_at": now + LIFE}
        with self.database.begin() as connection:
            if not WORK.change(connection, upload.id, upload.fence, values):
                raise Conflict("import_moved")
        self.queue.carry_import(upload.id, fence)
        self.feed.announce(upload.id, fence, 0)
