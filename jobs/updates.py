"""What a worker may be asked for."""

from jobs.runtime import runner, runtime
from portal.domain.ids import UpdateId


def advance_update(update_id: int) -> None:
    """Carry the update forward from where its journal says it stopped."""
    runner(runtime()).advance(UpdateId(update_id))
