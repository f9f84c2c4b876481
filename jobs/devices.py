"""What a worker may be asked for about devices around their updates."""

from typing import Final

from rq.job import Job

from jobs.runtime import runtime
from portal.domain.ids import OperationId

_OWN: Final = "jobs.devices.carry_operation"


def carry_operation(operation_id: int) -> None:
    """Tell authorities and registers what the operation ordered."""
    runtime().device_orders.carry(OperationId(operation_id))


def dropped(job: Job, *_how: object) -> None:
    """A work-horse died at this: what it was to tell is told by another without waiting for its lease to end."""
    if job.func_name == _OWN:
        attempt = job.id.rpartition("-")[2]  # the bell names it so
        runtime().device_orders.dropped(OperationId(int(job.args[0])), int(attempt))
