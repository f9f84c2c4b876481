"""Asks registers of the state and takes their answers. ``python -m jobs.identity``.

A process of its own, because an exchange that does not answer must keep nothing else waiting.
"""

import logging
from datetime import timedelta
from typing import Final

from jobs.loop import Turn, repeat, stop_on_signals
from jobs.runtime import runtime
from portal.bootstrap import Portal

POLL_EVERY: Final = timedelta(seconds=1)
ROUNDS: Final = 20
STRAGGLERS_EVERY: Final = timedelta(seconds=30)
TIDY_EVERY: Final = timedelta(hours=1)


def turns(portal: Portal) -> tuple[Turn, ...]:
    """What runs when."""
    return (
        Turn(lambda: drain(portal), POLL_EVERY),
        Turn(portal.identity_stragglers.round, STRAGGLERS_EVERY),
        Turn(portal.identity_checks.forget_old, TIDY_EVERY),
        Turn(portal.identity_repeating.ask_silent_again, TIDY_EVERY),
        Turn(portal.exchange_watch.look_at_certificate, TIDY_EVERY),
    )


def drain(portal: Portal) -> None:
    """One round after the other while messages move; other turns wait for so many at most."""
    for _ in range(ROUNDS):
        if not portal.identity_polling.round():
            return


def main() -> None:
    """Poll until told to stop."""
    portal = runtime()
    logging.basicConfig(level=portal.settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    repeat(turns(portal), POLL_EVERY, stop_on_signals())


if __name__ == "__main__":
    main()
