"""How the authority of the portal itself did when a worker looked last."""

from typing import Final

from sqlalchemy import Connection, select

from portal.db.models import OwnAuthorityWatch as Kept
from portal.domain.own_authority import OwnHealth, OwnState

_ROW: Final = select(
    *(Kept.looked_at, Kept.issued, Kept.key, Kept.list_made_at, Kept.list_until, Kept.own_until, Kept.responder_until)
)


def own_health(connection: Connection) -> OwnHealth | None:
    """What is known, None before the first look."""
    row = connection.execute(_ROW).one_or_none()
    if row is None:
        return None
    state = OwnState(
        issued=row.issued,
        key=row.key,
        list_made_at=row.list_made_at,
        list_until=row.list_until,
        own_until=row.own_until,
        responder_until=row.responder_until,
    )
    return OwnHealth(row.looked_at, state)
