"""What a worker may be asked for about directories outside."""

from jobs.runtime import runtime


def carry_sync(sync_id: int) -> None:
    """Read a directory and take over what changed."""
    runtime().directory_sync_work.carry(sync_id)
