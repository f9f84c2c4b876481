"""Generated fleets to measure over; a folder given keeps them for the next run."""

import math
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from portal.db import schema
from portal.db.transaction import Database
from portal.seed.bulk import settle
from portal.seed.fleet import generate_fleet
from tests.bench.copies import multiply
from tests.bench.history import live_through, write_log
from tests.support.processes import temporary_folder
from tests.support.servers import kept_postgres

#: So many devices are judged by the rules one by one; the rest of a larger fleet are copies of them.
_JUDGED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a fleet, and which one of that size; a large one is made in whole copies, so it may be a bit larger."""

    people: int
    devices: int
    seed: int


@contextmanager
def fleet(backend: str, size: Size, keep: Path | None) -> Iterator[str]:
    """The address of a database that holds such a fleet."""
    with ExitStack() as stack:
        folder = keep.absolute() if keep else temporary_folder("kly-fleet-", in_memory=size.devices < _JUDGED)
        folder.mkdir(parents=True, exist_ok=True)
        if keep is None:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        name = f"fleet-{size.people}-{size.devices}-{size.seed}"
        if backend == "sqlite":
            url = f"sqlite:///{folder}/{name}.db"
        else:
            url = stack.enter_context(kept_postgres(folder)).lasting_database(name)
        if schema.current(url) is None:
            _fill(url, size)
        yield url


def _fill(url: str, size: Size) -> None:
    started = time.perf_counter()
    schema.upgrade(url)
    copies = max(1, max(size.people, size.devices) // _JUDGED)
    people, devices = (math.ceil(number / copies) for number in (size.people, size.devices))
    with Database(url) as database:
        generate_fleet(database, people=people, devices=devices, seed=size.seed, now=datetime.now(UTC))
        live_through(database, size.seed)
    multiply(url, copies)
    with Database(url) as database:
        write_log(database)
        settle(database)
    passed = time.perf_counter() - started
    sys.stderr.write(f"{size.devices} devices of {size.people} people generated in {passed:.0f} s\n")
