"""Rows of connectors as services read them: what one is told, its secrets opened, and how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from portal.db.models import Connector, ConnectorSecret
from portal.db.queries.connectors import health_of
from portal.domain.connector_health import ConnectorState, Health
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.ports.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConnector:
    """One row; ``plain`` is what it is told besides its secrets."""

    id: ConnectorId
    name: str
    kind: ConnectorKind
    state: ConnectorState
    plain: Mapping[str, str] = field(repr=False)
    version: int
    changed_by: str
    changed_at: datetime
    health: Health


_ROW: Final = select(
    *(Connector.id, Connector.name, Connector.kind, Connector.state, Connector.plain, Connector.version),
    *(Connector.changed_by, Connector.changed_at, Connector.failures, Connector.trouble, Connector.detail),
    *(Connector.failed_at, Connector.answered_at, Connector.next_try_at),
)


def stored_connector(
    connection: Connection, which: ColumnElement[bool], *, hold: bool = False
) -> StoredConnector | None:
    """The row this is true of, held until the transaction ends if wished; None when there is none."""
    query = _ROW.where(which).with_for_update() if hold else _ROW.where(which)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return StoredConnector(
        id=ConnectorId(row.id),
        name=row.name,
        kind=row.kind,
        state=row.state,
        plain=row.plain,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        health=health_of(row),
    )


def opened_secrets(connection: Connection, vault: Vault, number: ConnectorId) -> dict[str, str]:
    """Its secrets by field; raises OutsideUnavailable when the vault has not the key they were sealed with."""
    query = select(ConnectorSecret.field, ConnectorSecret.sealed).where(ConnectorSecret.connector_id == number)
    try:
        return {
            name: vault.open(sealed, context=_context(number, name)).decode()
            for name, sealed in connection.execute(query)
        }
    except ValueError as error:
        raise OutsideUnavailable("connector_sealed", permanent=True) from error


def sealed_secret(vault: Vault, number: ConnectorId, name: str, text: str) -> bytes:
    """The secret, openable for this field of this connector only."""
    return vault.seal(text.encode(), context=_context(number, name))


def _context(number: ConnectorId, name: str) -> str:
    return f"connector:{number}:{name}"
