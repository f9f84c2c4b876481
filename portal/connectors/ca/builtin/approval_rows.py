"""What waits for an approver, and which templates ask for one; in the authority's own database."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

import sqlalchemy as sa

from portal.connectors.ca.builtin.tables import MANUAL_TEMPLATES, REQUESTS, ApprovalState, RequestRow

_OPEN: Final = REQUESTS.c.state == ApprovalState.OPEN

#: What each issuance asks; names with a leading b_ are bound at execution.
_AUTHORITY: Final = sa.bindparam("b_authority", type_=sa.String)
_REQUEST: Final = sa.select(REQUESTS).where(
    REQUESTS.c.authority == _AUTHORITY, REQUESTS.c.order_id == sa.bindparam("b_order")
)
_ASKS: Final = sa.select(MANUAL_TEMPLATES.c.template).where(
    MANUAL_TEMPLATES.c.authority == _AUTHORITY, MANUAL_TEMPLATES.c.template == sa.bindparam("b_template")
)


class ApprovalRows(ABC):
    """Requests and switches; every method is one short transaction."""

    @abstractmethod
    def _transaction(self, *, write: bool = False) -> AbstractContextManager[sa.Connection]:
        """A transaction; raises Taken and StoreDown."""
        ...

    def manual_templates(self, authority: str) -> frozenset[str]:
        """The templates whose certificates a person approves."""
        query = sa.select(MANUAL_TEMPLATES.c.template).where(MANUAL_TEMPLATES.c.authority == authority)
        with self._transaction() as connection:
            return frozenset(connection.execute(query).scalars())

    def switch(self, authority: str, template: str, *, manual: bool) -> bool:
        """Ask for an approver from now on, or no more; answers whether that is a change."""
        mine = sa.and_(MANUAL_TEMPLATES.c.authority == authority, MANUAL_TEMPLATES.c.template == template)
        with self._transaction(write=True) as connection:
            on = connection.execute(sa.select(MANUAL_TEMPLATES.c.template).where(mine)).first() is not None
            if on and not manual:
                connection.execute(sa.delete(MANUAL_TEMPLATES).where(mine))
            elif manual and not on:
                connection.execute(sa.insert(MANUAL_TEMPLATES).values(authority=authority, template=template))
        return on is not manual

    def request(self, authority: str, order_id: str) -> RequestRow | None:
        """The request of this order, however it stands."""
        return next(iter(self._requests(*_mine(authority, order_id))), None)

    def add_request(self, row: RequestRow) -> None:
        """Raises Taken when the order has its request already."""
        values = {field: getattr(row, field) for field in RequestRow.__dataclass_fields__}
        with self._transaction(write=True) as connection:
            connection.execute(sa.insert(REQUESTS).values(values))

    def open_requests(self, authority: str) -> tuple[RequestRow, ...]:
        """What waits, oldest first."""
        return self._requests(REQUESTS.c.authority == authority, _OPEN)

    def untold_requests(self, authority: str) -> tuple[RequestRow, ...]:
        """What was decided and not yet told of, oldest first."""
        decided = REQUESTS.c.state.in_([ApprovalState.APPROVED, ApprovalState.REFUSED])
        return self._requests(REQUESTS.c.authority == authority, decided, REQUESTS.c.told.is_(False))

    def close_request(self, authority: str, order_id: str, **decision: Any) -> bool:
        """Give an open request another state; False when it is not open any more."""
        closed = sa.update(REQUESTS).where(*_mine(authority, order_id), _OPEN).values(decision)
        with self._transaction(write=True) as connection:
            return connection.execute(closed).rowcount == 1

    def told(self, authority: str, order_id: str) -> None:
        """Its decision was told of."""
        with self._transaction(write=True) as connection:
            connection.execute(sa.update(REQUESTS).where(*_mine(authority, order_id)).values(told=True))

    def _requests(self, *where: sa.ColumnElement[bool]) -> tuple[RequestRow, ...]:
        query = sa.select(REQUESTS).where(*where).order_by(REQUESTS.c.asked_at, REQUESTS.c.order_id)
        with self._transaction() as connection:
            return tuple(_row(row) for row in connection.execute(query).mappings())


def standing(connection: sa.Connection, authority: str, order_id: str, template: str) -> tuple[RequestRow | None, bool]:
    """The request of this order, if any, and whether its template asks for an approver now."""
    row = connection.execute(_REQUEST, {"b_authority": authority, "b_order": order_id}).mappings().first()
    asks = connection.execute(_ASKS, {"b_authority": authority, "b_template": template}).first()
    return _row(row) if row else None, asks is not None


def _mine(authority: str, order_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return REQUESTS.c.authority == authority, REQUESTS.c.order_id == order_id


def _row(stored: Mapping[Any, Any]) -> RequestRow:
    values = dict(stored)
    for pairs in ("subject", "alternative"):
        values[pairs] = tuple((field, value) for field, value in values[pairs])
    return RequestRow(**{**values, "state": ApprovalState(values["state"])})
