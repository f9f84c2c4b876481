"""What a worker may be asked for about connectors."""

from jobs.runtime import runtime
from portal.domain.ids import ConnectorId


def carry_check(connector_id: int) -> None:
    """Try a connector step by step."""
    runtime().connector_checks.carry(ConnectorId(connector_id))
