"""Ways to sign in that are switched on, as the sign-in page shows them."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from portal.db.models import Connector, SignInLink
from portal.domain.connector_health import ConnectorState
from portal.domain.connector_kinds import SIGN_INS, ConnectorKind


class WayRow(NamedTuple):
    """One of them; ``label`` is what people call a provider."""

    name: str
    kind: ConnectorKind
    label: str


class LinkRow(NamedTuple):
    """A provider where somebody is known to be the holder of an account."""

    connector: int
    name: str
    label: str
    linked_at: datetime


def links_of(connection: Connection, account: int) -> tuple[LinkRow, ...]:
    """The providers an account is tied to, by name."""
    query = (
        select(Connector.id, Connector.name, Connector.plain, SignInLink.linked_at)
        .join(SignInLink, SignInLink.connector_id == Connector.id)
        .where(SignInLink.account_id == account)
    )
    rows = connection.execute(query.order_by(Connector.name))
    return tuple(LinkRow(row.id, row.name, row.plain.get("label", row.name), row.linked_at) for row in rows)


def ways_to_sign_in(connection: Connection) -> tuple[WayRow, ...]:
    """Every one that is not paused, by kind and label."""
    query = select(Connector.name, Connector.kind, Connector.plain).where(
        Connector.kind.in_(SIGN_INS), Connector.state == ConnectorState.ACTIVE
    )
    rows = connection.execute(query.order_by(Connector.name))
    return tuple(
        sorted(
            (WayRow(row.name, row.kind, row.plain.get("label", "")) for row in rows),
            key=lambda one: (one.kind, one.label),
        )
    )


def way_of(connection: Connection, name: str) -> WayRow | None:
    """The way to sign in of this name, paused or not."""
    query = select(Connector.kind, Connector.plain).where(Connector.name == name, Connector.kind.in_(SIGN_INS))
    row = connection.execute(query).one_or_none()
    return None if row is None else WayRow(name, row.kind, row.plain.get("label", ""))
