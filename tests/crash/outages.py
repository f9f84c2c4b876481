"""The portal's own database goes away in mid-update: a server that falls, a file that is locked or cannot grow."""

import resource
import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.exc import OperationalError

from portal.db import engine
from portal.domain.ids import UpdateId
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.ports.token import Pin
from portal.services.boundaries import Boundary
from tests.crash.place import PIN_OF_ALL, Place
from tests.crash.work import runner
from tests.support.servers import Postgres

#: How long a writer waits for a locked file here; the product waits fifty times longer.
IMPATIENT: Final = "PRAGMA busy_timeout = 200"


@dataclass(slots=True)
class Outage:
    """Let the database go away at the first such boundary of a kind of step."""

    fault: str
    kind: StepKind
    boundary: Boundary
    place: Place
    server: Postgres | None = None
    struck: bool = False
    held: list[sqlite3.Connection] = field(default_factory=list)

    def __call__(self, boundary: Boundary, record: StepRecord) -> None:
        if record.step.kind is self.kind and boundary is self.boundary and not self.struck:
            self.struck = True
            FAULTS[self.fault](self)

    @property
    def file(self) -> Path:
        return self.place.folder / "portal.db"


def _falls(outage: Outage) -> None:
    assert outage.server is not None
    outage.server.fall()


def _is_locked(outage: Outage) -> None:
    somebody = sqlite3.connect(outage.file)
    somebody.execute("BEGIN IMMEDIATE")
    outage.held.append(somebody)


def _is_full(outage: Outage) -> None:
    size = outage.file.with_name("portal.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


FAULTS: Final = {"falls": _falls, "locked": _is_locked, "full": _is_full}


def lost(
    place: Place, fault: str, kind: StepKind, boundary: Boundary, server: Postgres | None = None, minutes: int = 0
) -> str:
    """Carry the update until its database goes away; answers what the database's library said."""
    setattr(engine, "_PRAGMAS", (*engine._PRAGMAS, IMPATIENT))  # noqa: B010  a constant but for this process
    outside = place.outside(timedelta(minutes=minutes))
    outside.tickets.keep(UpdateId(place.update), place.serial, Pin(PIN_OF_ALL))
    outage = Outage(fault, kind, boundary, place, server)
    try:
        status = runner(place, outside, outage).advance(UpdateId(place.update))
    except (OperationalError, sqlite3.OperationalError) as error:  # the latter before there is a transaction
        assert outage.struck
        return str(error)
    return f"it came to {status}"
