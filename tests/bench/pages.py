"""Server time of the pages over a generated fleet: one connection, then many, each against the lightest answer."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
    #: So many people and devices has a smaller fleet whose pages are asked for in turn with those of this one.
    against: int = 0


@dataclass(frozen=True, slots=True)
class _Served:
    """A fleet behind the product's own web server, with what is asked of it and the time of the lightest answer."""

    here: Stand
    client: Client
    asks: Sequence[Ask]
    floor: dict[str, object]

    def measured(self, ask: Ask, wanted: Wanted) -> dict[str, object]:
        """The figures of a page, and how often the lightest answer fits into its time."""
        return _against(_measure(self.here, self.client, ask, wanted), self.floor, "over_floor")


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures, database by database."""
    return [row for backend in wanted.backends for row in _of(backend, wanted)]


def _of(backend: str, wanted: Wanted) -> Iterator[dict[str, object]]:
    with ExitStack() as stack:
        served = stack.enter_context(_served(backend, wanted))
        smaller = stack.enter_context(_served(backend, _smaller(wanted))) if wanted.against else None
        yield {"database": backend, **served.floor}
        for place, ask in enumerate(served.asks, 1):
            row = _beside(smaller, ask.name, served.measured(ask, wanted), wanted)
            _say(f"{backend} {place}/{len(served.asks)} {ask.name}: {_in_short(row)}")
            yield {"database": backend, **row}
        yield {"database": backend, **_sign_in(served.here, wanted.times // 4)}
        if wanted.only in BROWSER:
            yield from ({"database": backend, **row} for row in felt(served.client, min(20, wanted.times)))


@contextmanager
def _served(backend: str, wanted: Wanted) -> Iterator[_Served]:
    with fleet(backend, wanted.size, wanted.keep) as url, stand(database_url=url) as here:
        schema.upgrade(url)
        with Database(url) as database:
            asks = [ask for ask in questions(database, wanted.size.seed) if wanted.only in ask.name]
        here.start_web()
        client = here.signed_in()
        yield _Served(here, client, asks, _measure(here, client, FLOOR, wanted))


def _smaller(wanted: Wanted) -> Wanted:
    """The same of a smaller fleet, kept in a folder of its own: two clusters cannot share one."""
    size = Size(wanted.against, wanted.against, wanted.size.seed)
    return replace(wanted, size=size, keep=wanted.keep / "smaller" if wanted.keep else None)


def _beside(smaller: _Served | None, name: str, row: dict[str, object], wanted: Wanted) -> dict[str, object]:
    """The row with the same page of a smaller fleet beside it: asked right afterwards, so that both had one weather."""
    ask = next((one for one in smaller.asks if one.name == name), None) if smaller else None
    if smaller is None or ask is None:
        return row
    other = smaller.measured(ask, wanted)
    told = {"smaller_alone": other["alone"], "smaller_processor_ms": other["processor_ms"]}
    return _against(row, other, "over_smaller") | told


def _in_short(row: Mapping[str, object]) -> str:
    times = f", {row['over_smaller']} times the smaller fleet's" if "over_smaller" in row else ""
    return f"{short(row['alone'])}, {row['per_second']} a second{times}"


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


def _against(row: dict[str, object], other: Mapping[str, object], name: str) -> dict[str, object]:
    return row | {name: round(row["alone"].median / other["alone"].median, 2)}  # type: ignore[attr-defined]


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
