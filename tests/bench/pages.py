"""Server time of the pages over a generated fleet: one connection, then many, each against the lightest answer."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from portal.db import schema
from portal.db.transaction import Database
from tests.bench.asks import Ask
from tests.bench.browser import felt
from tests.bench.client import AnswerError, Client, load
from tests.bench.figures import figure, short
from tests.bench.fleets import Size, fleet
from tests.bench.samples import questions
from tests.bench.stand import LOGIN, PASSWORD, Stand, processor_ms, stand

#: Asked for by this name; measured, too, when no page is named.
BROWSER: Final = "browser"
FLOOR = Ask("floor: /health", ("/health",), budgeted=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure and how thoroughly."""

    size: Size
    backends: tuple[str, ...]
    times: int
    connections: int
    keep: Path | None
    only: str


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures, database by database."""
    return [row for backend in wanted.backends for row in _of(backend, wanted)]


def _of(backend: str, wanted: Wanted) -> Iterator[dict[str, object]]:
    with fleet(backend, wanted.size, wanted.keep) as url, stand(database_url=url) as here:
        schema.upgrade(url)
        with Database(url) as database:
            asks = [ask for ask in questions(database, wanted.size.seed) if wanted.only in ask.name]
        here.start_web()
        client = here.signed_in()
        floor = _measure(here, client, FLOOR, wanted)
        yield {"database": backend, **floor}
        for place, ask in enumerate(asks, 1):
            row = _against(_measure(here, client, ask, wanted), floor)
            _say(f"{backend} {place}/{len(asks)} {ask.name}: {short(row['alone'])}, {row['per_second']} a second")
            yield {"database": backend, **row}
        yield {"database": backend, **_sign_in(here, wanted.times // 4)}
        if wanted.only in BROWSER:
            yield from ({"database": backend, **row} for row in felt(client, min(20, wanted.times)))


def _measure(here: Stand, client: Client, ask: Ask, wanted: Wanted) -> dict[str, object]:
    requests = [client.request(path, fragment=ask.fragment) for path in ask.paths]
    size = _warm(client, ask)
    address = (client.host, client.port)
    pids = here.pids("web")
    before = processor_ms(pids)
    alone = load(address, requests, connections=1, times=max(wanted.times, len(requests)))
    spent = processor_ms(pids) - before
    crowd = load(address, requests, connections=wanted.connections, times=max(wanted.times, len(requests)))
    row: dict[str, object] = {
        "page": ask.name,
        "alone": figure(alone.milliseconds),
        "processor_ms": round(spent / len(alone.milliseconds), 2),
        f"at_{wanted.connections}": figure(crowd.milliseconds),
        "per_second": round(crowd.per_second),
        "html_bytes": size,
        "slowest": f"{alone.slowest[1]:.1f} ms {ask.paths[alone.slowest[0]]}",
    }
    return row


def _say(text: str) -> None:
    """How far it is; the figures themselves come at the end."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _warm(client: Client, ask: Ask) -> int:
    """Ask each once; answers the middle size of the answers."""
    sizes = []
    for path in ask.paths:
        answer = client.get(path, fragment=ask.fragment)
        if answer.status != HTTPStatus.OK:
            raise AnswerError(f"{path} answered {answer.status}")
        sizes.append(len(answer.body.encode()))
    return round(median(sizes))


def _against(row: dict[str, object], floor: dict[str, object]) -> dict[str, object]:
    return row | {"over_floor": round(row["alone"].median / floor["alone"].median, 1)}  # type: ignore[attr-defined]


def _sign_in(here: Stand, times: int) -> dict[str, object]:
    taken = []
    for _ in range(max(1, times)):
        client = here.client()
        client.get("/sign-in")
        started = perf_counter()
        client.sign_in(LOGIN, PASSWORD)
        taken.append((perf_counter() - started) * 1000)
        client.close()
    return {"page": "sign-in (form and password)", "alone": figure(taken)}
