"""What a worker may be asked for."""

from jobs.runtime import runner, runtime
from portal.domain.ids import UpdateId


def advance_update(update_id: int) -> None:
    """Carry the update forward from where its journal says it stopped, then review the device."""
    portal = runtime()
    status = runner(portal).advance(UpdateId(update_id))
    if status is not None and not status.active:
        portal.monitor.review_due()  # who closes the summary at once sees the device as it is now
