"""What was issued and how it stands, many at once: read in parts, so that a million is as well as ten."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final, NamedTuple

import sqlalchemy as sa

from portal.connectors.ca.builtin.tables import ORDERS, REVOCATIONS

AT_ONCE: Final = 2000
_KEPT: Final = ORDERS.c.certificate.is_not(None)
_COLUMNS: Final = (ORDERS.c.order_id, ORDERS.c.serial, ORDERS.c.certificate, ORDERS.c.ordered_at)


class IssuedRow(NamedTuple):
    """One certificate that was signed and kept."""

    order_id: str
    serial: str
    certificate: bytes
    ordered_at: int


class IssuedRows(ABC):
    """Every method is one short transaction."""

    @abstractmethod
    def _transaction(self, *, write: bool = False) -> AbstractContextManager[sa.Connection]:
        """A transaction; raises Taken and StoreDown."""
        ...

    def issued_after(self, authority: str, ordered_at: int, order_id: str) -> list[IssuedRow]:
        """The next certificates after this order, the oldest first."""
        later = sa.tuple_(ORDERS.c.ordered_at, ORDERS.c.order_id) > sa.tuple_(sa.literal(ordered_at), order_id)
        query = sa.select(*_COLUMNS).where(ORDERS.c.authority == authority, later, _KEPT)
        query = query.order_by(ORDERS.c.ordered_at, ORDERS.c.order_id).limit(AT_ONCE)
        with self._transaction() as connection:
            return [
                IssuedRow(row.order_id, row.serial, bytes(row.certificate), row.ordered_at)
                for row in connection.execute(query)
            ]

    def issued_count(self, authority: str) -> int:
        """How many orders it took on; read from the index alone, so one whose signature is still owed counts, too."""
        query = sa.select(sa.func.count()).select_from(ORDERS).where(ORDERS.c.authority == authority)
        with self._transaction() as connection:
            return int(connection.execute(query).scalar_one())

    def issued_among(self, authority: str, serials: Sequence[str]) -> dict[str, str | None]:
        """Of these, those that were issued; with the reason of what stands against them."""
        own = (REVOCATIONS.c.authority == ORDERS.c.authority, REVOCATIONS.c.serial == ORDERS.c.serial)
        query = sa.select(ORDERS.c.serial, REVOCATIONS.c.reason).outerjoin(REVOCATIONS, sa.and_(*own))
        query = query.where(ORDERS.c.authority == authority, ORDERS.c.serial.in_(serials), _KEPT)
        with self._transaction() as connection:
            return {row.serial: row.reason for row in connection.execute(query)}
