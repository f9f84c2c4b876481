"""The sweeper and the monitor: wake what is due or lost, review what time has changed. ``python -m jobs.sweeper``."""

import logging

from jobs.loop import repeat, stop_on_signals
from jobs.runtime import runtime


def main() -> None:
    """Sweep until told to stop."""
    portal = runtime()
    logging.basicConfig(level=portal.settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")

    def turn() -> None:
        portal.sweeper.sweep()
        portal.monitor.review_due()

    repeat(turn, portal.settings.sweep_interval, stop_on_signals())


if __name__ == "__main__":
    main()
