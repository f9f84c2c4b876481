"""Ways to sign in that are switched on, as the sign-in page shows them."""

from typing import NamedTuple

from sqlalchemy import Connection, select

from portal.db.models import Connector
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import SIGN_INS, ConnectorKind


class WayRow(NamedTuple):
    """One of them; ``label`` is what its button says."""

    name: str
    kind: ConnectorKind
    label: str


def ways_to_sign_in(connection: Connection) -> tuple[WayRow, ...]:
    """Every one that is not paused, by label."""
    query = select(Connector.name, Connector.kind, Connector.plain).where(
        Connector.kind.in_(SIGN_INS), Connector.state == ConnectorState.ACTIVE
    )
    rows = connection.execute(query.order_by(Connector.name))
    return tuple(sorted((WayRow(row.name, row.kind, row.plain["label"]) for row in rows), key=lambda one: one.label))


def label_of(connection: Connection, name: str) -> str:
    """What its button says; the name when there is none."""
    query = select(Connector.plain).where(Connector.name == name, Connector.kind.in_(SIGN_INS))
    plain = connection.execute(query).scalar_one_or_none()
    return plain.get("label", name) if plain else name


def way_of(connection: Connection, name: str) -> ConnectorKind | None:
    """The kind of a way to sign in by its name."""
    query = select(Connector.kind).where(Connector.name == name, Connector.kind.in_(SIGN_INS))
    return connection.execute(query).scalar_one_or_none()
