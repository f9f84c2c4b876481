"""``bin/chaos reconcile``: so many updates in a storm, a reconciliation, and an opinion of its own about the rest."""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.reconciling.story import Report, tell


def reconcile(arguments: Sequence[str]) -> int:
    """The story of one seed; 1 when a certificate is left that nothing explains."""
    parser = argparse.ArgumentParser(prog="bin/chaos reconcile", description=__doc__)
    parser.add_argument("--updates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    with TemporaryDirectory() as folder:
        report = tell(Path(folder), options.updates, options.seed)
    print(json.dumps(_figures(report, time.perf_counter() - started), indent=1))  # noqa: T201
    return 1 if report.after.wrong or report.twice or report.still_open else 0


def _figures(report: Report, seconds: float) -> dict[str, object]:
    return {
        "seconds": round(seconds, 1),
        "ends": dict(report.ends),
        "answers of people about steps in doubt": report.erred,
        "certificates": dict(report.after.ends),
        "unexplained before": report.before.wrong,
        "found": dict(report.found),
        "unexplained after": report.after.wrong,
        "revoked twice": report.twice,
        "findings still open": report.still_open,
    }
