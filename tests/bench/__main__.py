"""``bin/bench NAME``: figures of the product, each beside the floor taken in the same run."""

from pathlib import Path
from typing import Any

import click

from portal.domain.exchange_settings import Transport
from tests.bench import agents as agents_bench
from tests.bench import directory as directory_bench
from tests.bench import pages as pages_bench
from tests.bench import queue as queue_bench
from tests.bench import registers as registers_bench
from tests.bench import rest as rest_bench
from tests.bench import sign_in as sign_in_bench
from tests.bench import update as update_bench
from tests.bench import whole_fleet
from tests.bench.figures import tell
from tests.bench.fleets import Size
from tests.bench.tokens import ALGORITHMS

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_TRANSPORTS = {"direct": (Transport.DIRECT,), "adapter": (Transport.ADAPTER,), "both": tuple(Transport)}
_BACKENDS = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


@click.group()
def bench() -> None:
    """Figures of the product, each beside a floor taken in the same run."""


@bench.command()
@click.option("--people", default=100_000, show_default=True, type=click.IntRange(min=1))
@click.option("--devices", default=100_000, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
@click.option("--database", default="sqlite", show_default=True, type=click.Choice(list(_BACKENDS)))
@click.option("--times", default=200, show_default=True, type=click.IntRange(min=4), help="Answers of each page.")
@click.option("--connections", default=8, show_default=True, type=click.IntRange(min=1))
@click.option("--keep", type=click.Path(path_type=Path), help="Keep generated fleets here for the next run.")
@click.option("--only", default="", help="Pages whose name holds this.")
@click.option(
    "--against", default=0, type=click.IntRange(min=0), help="People and devices of a smaller fleet, page by page."
)
@_json
def pages(as_json: bool, people: int, devices: int, seed: int, database: str, **how: Any) -> None:
    """Server time of search, lists and cards over a generated fleet."""
    wanted = pages_bench.Wanted(Size(people, devices, seed), _BACKENDS[database], **how)
    tell("pages", pages_bench.run(wanted), as_json=as_json)


@bench.command()
@click.option("--size", "--devices", "devices", default=10_000, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True)
@click.option("--database", default="sqlite", show_default=True, type=click.Choice(list(_BACKENDS)))
@click.option("--times", default=3, show_default=True, type=click.IntRange(min=1), help="Runs of each question.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep generated fleets here for the next run.")
@_json
def fleet(as_json: bool, devices: int, seed: int, database: str, times: int, keep: Path | None) -> None:
    """The truth of a whole fleet, what-if, publishing, one device after one event, and a reconciliation."""
    wanted = whole_fleet.Wanted(Size(devices, devices, seed), _BACKENDS[database], times, keep)
    tell("fleet", whole_fleet.run(wanted), as_json=as_json)


@bench.command()
@click.option("--runs", default=20, show_default=True, type=click.IntRange(min=1))
@click.option("--certificates", default="1,3,5", show_default=True, help="How many on a token, separated by commas.")
@click.option("--algorithms", default=",".join(ALGORITHMS), show_default=True)
@click.option(
    "--place", type=click.Path(path_type=Path, file_okay=False), help="Put tokens and database here; memory otherwise."
)
@_json
def update(as_json: bool, runs: int, certificates: str, algorithms: str, place: Path | None) -> None:
    """A whole update against the bare token work."""
    numbers = tuple(int(number) for number in certificates.split(","))
    wanted = update_bench.Wanted(runs, numbers, tuple(algorithms.split(",")), place)
    tell("update", update_bench.run(wanted), as_json=as_json)


@bench.command()
@click.option("--clicks", default=30, show_default=True, type=click.IntRange(min=1), help="Updates ordered by form.")
@click.option(
    "--watched", default=8, show_default=True, type=click.IntRange(min=1), help="Updates watched in a browser."
)
@_json
def queue(as_json: bool, clicks: int, watched: int) -> None:
    """From the click to the first step, and from a step to the page."""
    tell("queue", queue_bench.run(queue_bench.Wanted(clicks, watched)), as_json=as_json)


@bench.command("sign-in")
@click.option("--times", default=60, show_default=True, type=click.IntRange(min=1), help="How often each is measured.")
@click.option("--flood", default=32, show_default=True, type=click.IntRange(min=1), help="How many try at once.")
@_json
def sign_in(as_json: bool, times: int, flood: int) -> None:
    """Signing in, and another page while very many try to."""
    tell("sign-in", sign_in_bench.run(sign_in_bench.Wanted(times, flood)), as_json=as_json)


@bench.command()
@click.option("--settle", default=10.0, show_default=True, help="Seconds of rest before the weighing.")
@click.option("--patience", default=600.0, show_default=True, help="Seconds a start may take at most.")
@_json
def rest(as_json: bool, settle: float, patience: float) -> None:
    """Starts of the demonstration, and its memory at rest."""
    tell("rest", rest_bench.run(rest_bench.Wanted(settle, patience)), as_json=as_json)


@bench.command()
@click.option("--checks", default=10_000, show_default=True, type=click.IntRange(min=1))
@click.option("--transport", default="both", show_default=True, type=click.Choice(list(_TRANSPORTS)))
@click.option("--bare", default=1000, show_default=True, type=click.IntRange(min=1), help="Messages of the bare line.")
@click.option("--patience", default=1800.0, show_default=True, help="Seconds it may take at most.")
@_json
def smev(as_json: bool, checks: int, transport: str, bare: int, patience: float) -> None:
    """Checks of identity through the stand of СМЭВ, against the bare line."""
    wanted = registers_bench.Wanted(checks, _TRANSPORTS[transport], bare, patience)
    tell("smev", registers_bench.run(wanted), as_json=as_json)


@bench.command()
@click.option("--people", default=100_000, show_default=True, type=click.IntRange(min=1))
@click.option("--server", default="openldap", show_default=True, type=click.Choice(["openldap", "samba"]))
@click.option("--database", default="sqlite", show_default=True, type=click.Choice(list(_BACKENDS)))
@click.option("--changed", default=100, show_default=True, type=click.IntRange(min=1), help="People who change.")
@_json
def directory(as_json: bool, people: int, server: str, database: str, changed: int) -> None:
    """A directory read and taken over, against a bare reading: time, processor and memory."""
    wanted = directory_bench.Wanted(people, server, _BACKENDS[database], min(changed, people))
    tell("directory", directory_bench.run(wanted), as_json=as_json)


@bench.command()
@click.option("--agents", default=1000, show_default=True, type=click.IntRange(min=1))
@click.option("--database", default="sqlite", show_default=True, type=click.Choice(["sqlite", "postgresql"]))
@click.option("--seed", default=1, show_default=True)
@click.option("--come", default=60.0, show_default=True, help="Seconds within which all of them come.")
@click.option("--rest", default=60.0, show_default=True, help="Seconds they are watched while nothing is ordered.")
@click.option("--tasks", default=100, show_default=True, type=click.IntRange(min=1), help="Updates ordered of them.")
@click.option("--pace", default=2.0, show_default=True, help="Updates ordered each second.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(min=1), help="Processes of updates.")
@click.option("--keep", type=click.Path(path_type=Path), help="Keep generated fleets here for the next run.")
@_json
def agents(as_json: bool, **how: Any) -> None:
    """Very many workstations held at once, and how soon one has its task."""
    tell("agents", agents_bench.run(agents_bench.Wanted(**how)), as_json=as_json)


if __name__ == "__main__":
    bench()
