"""How figures are summed up and printed."""

import json
import math
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds over several runs."""

    runs: int
    minimum: float
    median: float
    p95: float


def figure(milliseconds: Sequence[float]) -> Figure:
    """Sum up the runs."""
    ordered = sorted(milliseconds)
    last = max(0, math.ceil(0.95 * len(ordered)) - 1)
    return Figure(
        len(ordered),
        round(ordered[0], 3),
        round(statistics.median(ordered), 3),
        round(ordered[last], 3),
    )


def machine() -> dict[str, str | int]:
    """What the figures were taken on."""
    return {
        "processors": os.cpu_count() or 0,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def tell(name: str, rows: Sequence[dict[str, object]], *, as_json: bool) -> None:
    """Print the rows as JSON or as one line each."""
    plain = [{k: asdict(v) if isinstance(v, Figure) else v for k, v in row.items()} for row in rows]
    if as_json:
        json.dump({"bench": name, "machine": machine(), "rows": plain}, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for row in rows:
        sys.stdout.write("  ".join(f"{key}={short(value)}" for key, value in row.items()) + "\n")


def short(value: object) -> str:
    """A figure for the eye."""
    if isinstance(value, Figure):
        return f"{value.median:.2f} ms (min {value.minimum:.2f}, p95 {value.p95:.2f}, n={value.runs})"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
