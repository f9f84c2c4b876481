"""Files of people without a worker: who is called, and the work done here and now."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from portal.domain.ids import ImportId
from portal.domain.import_state import ImportState
from portal.services.people_import import PeopleImports, Upload
from portal.services.people_import_work import PeopleImportWork


@dataclass
class Called:
    """A bell and a feed nobody hears."""

    jobs: list[tuple[int, int]] = field(default_factory=list)
    said: list[int] = field(default_factory=list)

    def carry_import(self, number: ImportId, fence: int) -> None:
        self.jobs.append((number, fence))

    def announce(self, number: ImportId, fence: int, done: int) -> bool:
        self.said.append(done)
        return True

    def reached(self, number: ImportId, fence: int) -> int:
        return self.said[-1] if self.said else 0

    def listen(self, number: ImportId, *, beat: float) -> Iterator[int | None]:
        raise AssertionError((number, beat))


class Imports(Protocol):
    """Both halves of the care of files."""

    @property
    def people_imports(self) -> PeopleImports:
        """For the owner."""

    @property
    def people_import_work(self) -> PeopleImportWork:
        """For workers."""


@dataclass(frozen=True)
class Desk:
    """An owner with a worker at hand."""

    people_imports: PeopleImports
    people_import_work: PeopleImportWork
    called: Called

    def kept(self, text: str) -> Upload:
        """A file as it is when it was just sent."""
        token = self.people_imports.keep(text.encode(), "люди.csv", (), owner="admin")
        return self.again(token)

    def looked(self, text: str) -> Upload:
        """A file that was checked."""
        upload = self.kept(text)
        assert self.people_import_work.carry(upload.id)
        return self.again(upload.token)

    def confirmed(self, upload: Upload, *, leave_out: bool = False) -> Upload:
        """The same file once its owner said yes to what he sees."""
        assert upload.preview
        self.people_imports.confirm(upload, upload.preview.fingerprint, leave_out=leave_out)
        return self.again(upload.token)

    def taken(self, text: str, *, leave_out: bool = False) -> Upload:
        """A file from its choice to its end."""
        upload = self.confirmed(self.looked(text), leave_out=leave_out)
        assert self.people_import_work.carry(upload.id)
        return self.again(upload.token)

    def again(self, token: str) -> Upload:
        """The file as it is now."""
        return self.people_imports.opened(token, owner="admin")


def worked(imports: Imports, owner: str = "administrator") -> None:
    """Do what workers were called for about this account's files."""
    for file in imports.people_imports.of_owner(owner):
        if file.state.active:
            imports.people_import_work.carry(file.id)


def states(imports: Imports, owner: str = "administrator") -> list[ImportState]:
    """How far this account's files are, the newest first."""
    return [file.state for file in imports.people_imports.of_owner(owner)]
