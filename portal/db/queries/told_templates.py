"""What connected authorities told they issue, as it is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from portal.db.models import Connector, ConnectorTemplates
from portal.domain.certificate import Purpose
from portal.domain.ids import ConnectorId
from portal.domain.policy_offers import OfferedTemplate


def told_templates(connection: Connection, number: ConnectorId) -> tuple[OfferedTemplate, ...] | None:
    """What it told last; None while it has told nothing."""
    kept = ConnectorTemplates.templates
    own = (ConnectorTemplates.connector_id == number, ConnectorTemplates.told_at.is_not(None))
    found = connection.execute(select(kept).where(*own)).scalar_one_or_none()
    return None if found is None else tuple(map(_offered, found))


def told_when(connection: Connection) -> dict[str, datetime]:
    """When each authority told it, by the name of its connector."""
    query = select(Connector.name, ConnectorTemplates.told_at).join(
        ConnectorTemplates, ConnectorTemplates.connector_id == Connector.id
    )
    return {row.name: row.told_at for row in connection.execute(query) if row.told_at is not None}


def kept_templates(offered: Sequence[OfferedTemplate]) -> list[dict[str, object]]:
    """These as they are kept."""
    return [
        {
            "name": one.name,
            "purpose": one.purpose.value,
            "seconds": int(one.validity.total_seconds()),
            "needs": sorted(one.needs),
            "escrow": one.escrow,
        }
        for one in offered
    ]


def _offered(kept: Mapping[str, object]) -> OfferedTemplate:
    seconds, needs = kept["seconds"], kept["needs"]
    return OfferedTemplate(
        str(kept["name"]),
        Purpose(str(kept["purpose"])),
        timedelta(seconds=seconds if isinstance(seconds, int) else 0),
        needs=frozenset(needs if isinstance(needs, list) else ()),
        escrow=bool(kept["escrow"]),
    )
