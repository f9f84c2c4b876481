"""What a worker may be asked for about connectors."""

from jobs.memory import DIRECTORY, bounded
from jobs.runtime import runtime
from portal.domain.ids import ConnectorId


def carry_check(connector_id: int) -> None:
    """Try a connector step by step; one that answers may say what it issues as well."""
    with bounded(DIRECTORY):
        runtime().connector_checks.carry(ConnectorId(connector_id))
    runtime().told_templates.ask(ConnectorId(connector_id))


def ask_templates(connector_id: int) -> None:
    """Ask an authority what it issues."""
    runtime().told_templates.ask(ConnectorId(connector_id))


def look_at_authority(_turn: int) -> None:
    """See how the authority of the portal itself does."""
    runtime().own_authority.look()
