"""Run seeded stories in several processes; a failing seed tells how to see it again."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from tests.chaos.mutants import MUTANTS, planted
from tests.chaos.reconciling.telling import reconcile
from tests.chaos.scenery import Gallery
from tests.chaos.story import retell, tell
from tests.support.thawed import thawed

CHUNK = 500
#: Whose values a story makes by the thousand.
QUICK = ("portal.domain.", "portal.ports.", "portal.services.", "tests.fakes.", "tests.chaos.")


@dataclass(slots=True)
class Tally:
    """What came of some stories."""

    ends: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.ends.update(other.ends)
        self.failures.extend(other.failures)


def run(first: int, count: int, mutant: str = "") -> Tally:
    """Tell ``count`` stories from this seed on, perhaps with a bug planted."""
    tally, gallery = Tally(), Gallery()
    with planted(mutant), thawed(*QUICK):
        for seed in range(first, first + count):
            try:
                tally.ends[str(tell(seed, gallery))] += 1
            except Exception as error:  # noqa: BLE001  any error is a failed story; the seed tells it again
                tally.failures.append((seed, f"{type(error).__name__}: {error}"))
    return tally


def run_all(first: int, count: int, jobs: int, mutant: str = "") -> Tally:
    """The same in several processes."""
    whole = Tally()
    chunks = list(_chunks(first, count))
    if jobs == 1:
        for start, size in chunks:
            whole.add(run(start, size, mutant))
        return whole
    with ProcessPoolExecutor(jobs) as pool:
        starts, sizes = zip(*chunks, strict=True)
        for tally in pool.map(run, starts, sizes, [mutant] * len(chunks)):
            whole.add(tally)
    return whole


def _chunks(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + count, CHUNK):
        yield start, min(CHUNK, first + count - start)


def main() -> int:
    if sys.argv[1:2] == ["reconcile"]:
        return reconcile(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="bin/chaos", description=__doc__)
    parser.add_argument("--updates", type=int, default=100_000, help="how many stories")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--mutant", default="", choices=["", *MUTANTS], help="plant this bug")
    parser.add_argument("--tell", action="store_true", help="tell the story of --seed in full")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    options = parser.parse_args()
    if options.tell:
        with planted(options.mutant):
            print("\n".join(retell(options.seed)))  # noqa: T201
        return 0
    start = time.perf_counter()
    tally = run_all(options.seed, options.updates, options.jobs, options.mutant)
    seconds = time.perf_counter() - start
    _print(tally, options.updates, seconds, as_json=options.json)
    return 1 if tally.failures else 0


def _print(tally: Tally, updates: int, seconds: float, *, as_json: bool) -> None:
    figures = {"updates": updates, "seconds": round(seconds, 1), "per_second": round(updates / seconds)}
    if as_json:
        print(json.dumps({**figures, "ends": dict(tally.ends), "violations": len(tally.failures)}))  # noqa: T201
    else:
        ends = ", ".join(f"{count} {end}" for end, count in tally.ends.most_common())
        rate = f"{figures['per_second']} a second"
        print(f"{updates} updates in {seconds:.1f} s ({rate}): {ends}; {len(tally.failures)} violations")  # noqa: T201
    for seed, problem in tally.failures[:10]:
        print(f"  {problem}\n  see it again: bin/chaos --tell --seed {seed}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
