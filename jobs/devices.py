"""What a worker may be asked for about devices around their updates."""

from jobs.runtime import runtime
from portal.domain.ids import OperationId


def carry_operation(operation_id: int) -> None:
    """Tell authorities and registers what the operation ordered."""
    runtime().device_orders.carry(OperationId(operation_id))
