"""One round: orders are handed in once and answered, revocations told, the list of revoked certificates renewed."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from agent.ca_worker.authority import REASONS, Disposition, MicrosoftCa, Request
from agent.ca_worker.folders import Asked, Folders, Revocation
from agent.ca_worker.journal import Entry, Journal
from agent.ca_worker.programs import ProgramError
from agent.ca_worker.settings import Settings

LIST: Final = "authority.crl"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Worker:
    """Whatever fails is tried again in the next round; what was handed in is never handed in unseen."""

    settings: Settings
    ca: MicrosoftCa
    journal: Journal
    _listed: float | None = field(default=None, init=False)

    @property
    def folders(self) -> Folders:
        return Folders(self.settings.out, self.settings.into)

    def round(self) -> bool:
        """Work off what lies there; whether all went well."""
        well = True
        for asked in self.folders.orders():
            well &= self._tried(asked.name, partial(self._order, asked))
        for revocation in self.folders.revocations():
            well &= self._tried(revocation.serial, partial(self._revoke, revocation))
        if self._listed is None or time.monotonic() - self._listed >= self.settings.list_every:
            well &= self._tried(LIST, self._list)
        return well

    def _order(self, asked: Asked) -> None:
        if asked.template not in self.settings.templates:
            self._refuse(asked, f"the template {asked.template!r} is not among those of this worker")
            return
        entry = self.journal.entry(asked.name)
        if entry is not None and entry.request != asked.digest:
            raise ProgramError("another request was handed in under this name; this one is left alone")
        if entry is not None and entry.answered:
            self.folders.take_away(asked.request)
            return
        found = self._handed_in(asked) if entry is None else self._known(asked, entry)
        if found is not None:
            self.journal.taken(asked.name, found.number)
            self._answer(asked, found)

    def _handed_in(self, asked: Asked) -> Request | None:
        """Written down, handed in, looked up."""
        entry = self.journal.intend(asked.name, asked.digest, mark=self.ca.last())
        self.ca.submit(asked.name, asked.request, template=asked.template, answer=self._scratch)
        return self.ca.find(asked.name, entry.mark)

    def _known(self, asked: Asked, entry: Entry) -> Request | None:
        """What became of it; handed in again only when the CA has had time to show it and does not."""
        if entry.number is not None:
            return self.ca.state(entry.number)
        found = self.ca.find(asked.name, entry.mark)
        if found is None and time.time() - entry.at >= self.settings.settle:
            return self._handed_in(asked)
        return found

    def _answer(self, asked: Asked, found: Request) -> None:
        if found.disposition in {Disposition.ISSUED, Disposition.REVOKED}:
            self.ca.retrieve(found.number, self._scratch)
            self.folders.put(f"{asked.name}.cer", self._scratch.read_bytes())
        elif found.disposition in {Disposition.DENIED, Disposition.FAILED}:
            self.folders.put(f"{asked.name}.txt", (found.message or f"request {found.number}: denied").encode())
        else:
            return
        self.journal.answer(asked.name)
        self.folders.take_away(asked.request)

    def _refuse(self, asked: Asked, reason: str) -> None:
        self.folders.put(f"{asked.name}.txt", reason.encode())
        self.folders.take_away(asked.request)

    def _revoke(self, revocation: Revocation) -> None:
        if revocation.reason not in REASONS:
            raise ProgramError(f"unknown reason {revocation.reason!r}")
        self.ca.revoke(revocation.serial, revocation.reason)
        self._list()
        self.folders.take_away(revocation.file)

    def _list(self) -> None:
        self.ca.list_revoked(self._scratch)
        self.folders.put(LIST, self._scratch.read_bytes())
        self._listed = time.monotonic()

    @property
    def _scratch(self) -> Path:
        return self.settings.state / "answer.tmp"

    def _tried(self, what: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except (ProgramError, OSError) as error:
            _log.warning("%s: %s", what, error)
            return False
        return True
