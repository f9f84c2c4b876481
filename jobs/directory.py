"""What a worker may be asked for about directories outside."""

from jobs.memory import DIRECTORY, bounded
from jobs.runtime import runtime


def carry_sync(sync_id: int) -> None:
    """Read a directory and take over what changed."""
    work = runtime().directory_sync_work
    with bounded(DIRECTORY):
        work.carry(sync_id)
