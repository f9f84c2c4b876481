"""A whole update through the engine against the bare library doing the same token work, in turn, in the same run."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from portal.domain.update_state import UpdateStatus
from tests.bench.figures import figure
from tests.bench.stand import Stand, stand
from tests.bench.tokens import Holding, TokenWorld
from tests.support.tokens import PIN, SoftHsm, softhsm


class UpdateError(Exception):
    """An update did not complete, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure."""

    runs: int
    certificates: tuple[int, ...]
    algorithms: tuple[str, ...]
    place: Path | None


class Horse:
    """The process that forks a child for each task."""

    def __init__(self, here: Stand) -> None:
        command = [sys.executable, "-m", "tests.bench.horse"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=here.env, text=True, **pipes)  # type: ignore[call-overload]

    def ask(self, do: str, **task: Any) -> dict[str, Any]:
        """Have it done in a fresh child."""
        self.process.stdin.write(json.dumps({"do": do, **task}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise UpdateError(f"{do} gave no answer")
        done: dict[str, Any] = json.loads(answer)
        return done

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures."""
    return list(_rows(wanted))


def _rows(wanted: Wanted) -> Iterator[dict[str, object]]:
    for algorithm in wanted.algorithms:
        for certificates in wanted.certificates:
            with _bench(wanted.place, algorithm, certificates) as pair:
                taken = [pair.once() for _ in range(wanted.runs)]
            yield _row(algorithm, certificates, taken)
            sys.stderr.write(".")
            sys.stderr.flush()


@dataclass
class _Pair:
    """One token for the product and one for the floor, side by side."""

    horse: Horse
    world: TokenWorld
    holding: Holding
    floor: dict[str, Any]
    old: list[str]

    def once(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Both once; the floor first."""
        bare = self.horse.ask("bare_update", **self.floor, old=self.old)
        self.old = bare["new"]
        self.world.age(self.holding)
        return bare, self.update()

    def update(self) -> dict[str, Any]:
        done = self.horse.ask("update", update=self.world.order(self.holding))
        if done["status"] != UpdateStatus.COMPLETED:
            raise UpdateError(f"the update ended as {done['status']}")
        return done


@contextmanager
def _bench(place: Path | None, algorithm: str, certificates: int) -> Iterator[_Pair]:
    with ExitStack() as stack:
        hsm = stack.enter_context(softhsm(place))
        here = stack.enter_context(stand(hsm=hsm, place=place))
        horse = Horse(here)
        stack.callback(horse.close)
        world = TokenWorld(here, hsm)
        (holding,) = world.add("bench", certificates=certificates, algorithm=algorithm)
        floor = _floor(hsm, algorithm)
        pair = _Pair(horse, world, holding, floor, horse.ask("bare_issue", **floor, number=certificates)["new"])
        pair.update()  # the first one puts the certificates there
        pair.once()  # and this one warms both
        yield pair


def _floor(hsm: SoftHsm, algorithm: str) -> dict[str, Any]:
    return {"module": str(hsm.module), "serial": hsm.init_token("floor"), "pin": PIN, "algorithm": algorithm}


def _row(algorithm: str, certificates: int, taken: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, object]:
    floors, products = [bare["ms"] for bare, _ in taken], [product["ms"] for _, product in taken]
    without = [bare["ms"] - bare["generating"] for bare, _ in taken]
    own = [product["ms"] - product["generating"] for _, product in taken]
    kinds = taken[0][1]["effects"]
    return {
        "algorithm": algorithm,
        "certificates": certificates,
        "bare": figure(floors),
        "product": figure(products),
        "ratio": round(median(products) / median(floors), 2),
        "ratio_of_best": round(min(products) / min(floors), 2),
        "bare_without_keys": figure(without),
        "product_without_keys": figure(own),
        "bare_processor": figure([bare["processor_ms"] for bare, _ in taken]),
        "product_processor": figure([product["processor_ms"] for _, product in taken]),
        "added_ms": round(median(own) - median(without), 2),
        "effects_ms": {kind: round(median(product["effects"][kind] for _, product in taken), 2) for kind in kinds},
    }
