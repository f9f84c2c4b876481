"""The server that children are forked from: it has carried a whole update, on a token in memory and on both databases.

So no child compiles a statement anew, as no work-horse of the product does. No token's library is loaded here.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from portal.connectors.ca.builtin import database as authority_database
from portal.connectors.x509 import X509Reader
from portal.db import transaction
from portal.domain.update_state import UpdateStatus
from portal.services.step_context import Outside
from tests.crash import after, before
from tests.crash.place import PIN_OF_ALL, Place, leave
from tests.fakes.token import FakeToken
from tests.fakes.token_desk import FakeDesk
from tests.support.databases import OneCompiler
from tests.support.ledgers import ledger
from tests.support.servers import Postgres

#: The folder of the cluster, for the server to find.
CLUSTER: Final = "CRASH_CLUSTER"
SERIAL: Final = "0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Rehearsal(Place):
    """A place whose token is in memory."""

    tokens: tuple[FakeToken, ...] = field(default=())

    def outside(self, ahead: timedelta = timedelta()) -> Outside:
        return replace(Place.outside(self, ahead), desk=FakeDesk(self.tokens, X509Reader()))


def warm() -> None:
    """Carry an update on each database."""
    for module, name in ((transaction, "make_engine"), (authority_database, "_engine")):
        setattr(module, name, OneCompiler(getattr(module, name)))
    for address in (_file, _cluster):
        with TemporaryDirectory(prefix="kly-warm-") as folder, address(Path(folder)) as url:
            _carry(Path(folder), url)
    if threading.active_count() > 1:
        raise RuntimeError("a server that forks has one thread")


@contextmanager
def _file(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{folder}/portal.db"


@contextmanager
def _cluster(_: Path) -> Iterator[str]:
    with Postgres(Path(os.environ[CLUSTER])).database() as url:
        yield url


def _carry(folder: Path, url: str) -> None:
    with ledger(url):
        pass
    place = Rehearsal(folder, folder, url, SERIAL, tokens=(FakeToken(SERIAL, PIN_OF_ALL),))
    device, update = before.prepare(place, SERIAL)
    found = after.resumed(replace(place, device=device, update=update))
    leave()
    if found.status is not UpdateStatus.COMPLETED:
        raise RuntimeError(f"the rehearsal came to {found.status}")


if CLUSTER in os.environ:
    warm()
