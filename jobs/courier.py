"""The courier: carries out of the house what may be late but not lost. ``python -m jobs.courier``.

A process of its own, because a receiver that does not answer must keep no update waiting.
"""

import logging
from datetime import timedelta
from typing import Final

from jobs.loop import Turn, repeat, stop_on_signals
from jobs.runtime import runtime
from portal.bootstrap import Portal

CARRY_EVERY: Final = timedelta(seconds=1)
COLLECT_EVERY: Final = timedelta(minutes=1)
CHECK_EVERY: Final = timedelta(days=1)


def turns(portal: Portal) -> tuple[Turn, ...]:
    """What runs when."""
    reading, letters = portal.audit_reading, portal.letters
    return (
        Turn(reading.index, CARRY_EVERY),
        Turn(reading.forward, CARRY_EVERY),
        Turn(reading.check, CHECK_EVERY),
        Turn(portal.letter_collector.collect, COLLECT_EVERY),
        Turn(letters.send_due, CARRY_EVERY),
        Turn(letters.forget_old, CHECK_EVERY),
    )


def main() -> None:
    """Carry until told to stop."""
    portal = runtime()
    logging.basicConfig(level=portal.settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    repeat(turns(portal), CARRY_EVERY, stop_on_signals())


if __name__ == "__main__":
    main()
