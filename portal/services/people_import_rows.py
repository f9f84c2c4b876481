"""A file of people as it is kept: sealed, with what its check found."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from portal.db.models import PeopleImport as Stored
from portal.domain.codec import from_json, to_json
from portal.domain.import_state import ImportState
from portal.domain.people_preview import Marks, Preview
from portal.domain.people_table import Table, read_table
from portal.ports.vault import Vault
from portal.services.leased_work import LeasedWork

#: How long a file is kept that nobody does anything about, and how long it is told what became of it.
LIFE: Final = timedelta(hours=1)
AT_WORK: Final = tuple(state for state in ImportState if state.active)
#: A worker may think for a minute before another takes the file up; writing is guarded by the transaction itself.
WORK: Final = LeasedWork(Stored, AT_WORK, timedelta(minutes=1))
#: Of these only what happens next is asked, not what is in them.
BRIEF: Final = (Stored.id, Stored.token, Stored.file_name, Stored.state, Stored.changed_at, Stored.fence)


@dataclass(frozen=True, slots=True)
class Safe:
    """Seals and opens what is kept of a file; each part can be opened as that part of that file only."""

    vault: Vault
    token: str

    def seal_file(self, raw: bytes) -> bytes:
        """The file itself."""
        return self.vault.seal(raw, context=self._context("people-import"))

    def table(self, sealed: bytes) -> Table:
        """The file as a table again."""
        return read_table(self.vault.open(sealed, context=self._context("people-import")))

    def seal_preview(self, preview: Preview) -> bytes:
        """What the check found."""
        raw = json.dumps(to_json(preview), ensure_ascii=False).encode()
        return self.vault.seal(raw, context=self._context("people-preview"))

    def preview(self, sealed: bytes) -> Preview | None:
        """What the check found, when there was one."""
        if not sealed:
            return None
        return from_json(Preview, json.loads(self.vault.open(sealed, context=self._context("people-preview"))))

    def seal_marks(self, marks: Marks) -> bytes:
        """What each line would do."""
        return self.vault.seal(json.dumps(marks).encode(), context=self._context("people-marks"))

    def marks(self, sealed: bytes) -> Mapping[int, str]:
        """What each line would have done when it was looked at."""
        if not sealed:
            return {}
        stored = json.loads(self.vault.open(sealed, context=self._context("people-marks")))
        return {int(line): mark for line, mark in stored.items()}

    def _context(self, what: str) -> str:
        return f"{what}:{self.token}"


def row_of(connection: Connection, token: str, owner: str, now: datetime) -> Any:
    """Everything of the file but the file, None when it is not kept or somebody else's."""
    columns = (*BRIEF, Stored.mapping, Stored.total, Stored.preview, Stored.fault, Stored.leave_out)
    own = (Stored.token == token, Stored.owner == owner, Stored.expires_at > now)
    return connection.execute(select(*columns).where(*own)).one_or_none()
