"""The sweeper: wakes what is due or lost, keeps findings true, tidies up. ``python -m jobs.sweeper``."""

import logging
from datetime import timedelta
from typing import Final

from jobs.loop import Turn, repeat, stop_on_signals
from jobs.runtime import runtime
from portal.bootstrap import Portal

TELL_EVERY: Final = timedelta(seconds=5)
#: Well within the time after which a silent workstation counts as not there.
HEARD_EVERY: Final = timedelta(seconds=20)
LOOK_EVERY: Final = timedelta(minutes=1)
TIDY_EVERY: Final = timedelta(hours=1)


def turns(portal: Portal) -> tuple[Turn, ...]:
    """What runs when."""
    beat = portal.settings.sweep_interval
    return (
        Turn(portal.sweeper.sweep, beat),
        Turn(portal.agent_care.look, beat),
        Turn(portal.agent_contacts.settle, HEARD_EVERY),
        Turn(portal.device_orders.ring_due, beat),
        Turn(portal.device_replacing.settle, beat),
        Turn(portal.people_imports.ring_due, beat),
        Turn(portal.directory_syncs.ring_due, beat),
        Turn(portal.directory_leavers.settle, beat),
        Turn(portal.monitor.review_due, beat),
        Turn(portal.monitor.review_marked, beat),
        Turn(portal.findings_check.follow, beat),
        Turn(portal.told_templates.order_due, TELL_EVERY),
        Turn(portal.own_authority.order_due, LOOK_EVERY),
        Turn(portal.approvals.follow, TELL_EVERY),
        Turn(portal.automatic_tracking.follow, TELL_EVERY),
        Turn(portal.revocations.follow, TELL_EVERY),
        Turn(portal.debts.settle, TELL_EVERY),
        Turn(portal.reconciliation.follow, beat),
        Turn(portal.mending.follow, TELL_EVERY),
        Turn(portal.accounts.forget_old, TIDY_EVERY),
        Turn(portal.people_imports.forget_old, TIDY_EVERY),
        Turn(portal.directory_syncs.forget_old, TIDY_EVERY),
        Turn(portal.agent_history.forget_old, TIDY_EVERY),
    )


def main() -> None:
    """Sweep until told to stop."""
    portal = runtime()
    logging.basicConfig(level=portal.settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    repeat(turns(portal), portal.settings.sweep_interval, stop_on_signals())


if __name__ == "__main__":
    main()
