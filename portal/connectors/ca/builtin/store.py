"""What the authority wrote down: orders, certificates, revocations, lists. Nothing issued is ever forgotten."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from sqlite3 import OperationalError
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from portal.connectors.ca.builtin.approval_rows import ApprovalRows, standing
from portal.connectors.ca.builtin.database import open_engine, open_transaction
from portal.connectors.ca.builtin.issued_rows import IssuedRows
from portal.connectors.ca.builtin.tables import (
    AUTHORITIES,
    ISSUED_ORDER,
    LISTS,
    META,
    ORDERS,
    RELEASED,
    REVOCATIONS,
    AuthorityRow,
    ListRow,
    OrderRow,
    RequestRow,
    RevocationRow,
)

#: What each issuance asks; names with a leading b_ are bound at execution.
_MINE: Final = (ORDERS.c.authority == sa.bindparam("b_authority"), ORDERS.c.order_id == sa.bindparam("b_order"))
_ORDER: Final = sa.select(ORDERS).where(*_MINE)
_ADD: Final = sa.insert(ORDERS)
_KEPT: Final = sa.select(ORDERS.c.certificate).where(*_MINE)
_KEEP: Final = (
    sa.update(ORDERS)
    .where(*_MINE, ORDERS.c.certificate.is_(None))
    .values(certificate=sa.bindparam("b_certificate"))
    .returning(ORDERS.c.certificate)
)


class Known(NamedTuple):
    """An order as the authority has it: written down before, else its request and whether one has to be approved."""

    order: OrderRow | None
    request: RequestRow | None = None
    manual: bool = False


class StoreDown(Exception):  # noqa: N818 - it says what happened
    """The database did not answer."""


class Taken(Exception):  # noqa: N818
    """Somebody else wrote the same row first."""


class _Rehearsed(Exception):  # noqa: N818
    """Ends a transaction that must leave nothing."""


class CaStore(ApprovalRows, IssuedRows):
    """Short transactions; unique rows decide between processes. Made before a fork it may be used after."""

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)

    def prepare(self) -> None:
        """Make the tables where they are missing."""
        with self._transaction(write=True) as connection:
            if connection.dialect.name == "postgresql":  # two first starts at once
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(6270741)"))
            META.create_all(connection)
            ISSUED_ORDER.create(connection, checkfirst=True)  # a table of an older version has not got it

    def warm(self, authority: str) -> None:
        """Have the statements of an issuance compiled before a fork, by asking for an order nobody gave."""
        self.known(authority, "", "")
        self._rehearse(OrderRow(authority, "", "", "", "", 0, b"", 0))
        with suppress(sa.exc.NoResultFound):
            self.keep_certificate(authority, "", b"")

    def _rehearse(self, row: OrderRow) -> None:
        """Only the statement is wanted, compiled: the transaction ends without a trace."""
        with suppress(_Rehearsed), self._transaction(write=True) as connection:
            connection.execute(_ADD, _values(row))
            raise _Rehearsed

    def prepared(self) -> bool:
        """Whether the tables were ever made; those that came with a newer version are added."""
        with self._transaction() as connection:
            seen = sa.inspect(connection)
            tables = set(seen.get_table_names())
            indexes = {one["name"] for one in seen.get_indexes(ORDERS.name)} if ORDERS.name in tables else set()
        if AUTHORITIES.name not in tables:
            return False
        if not META.tables.keys() <= tables or ISSUED_ORDER.name not in indexes:  # made by an older version
            self.prepare()
        return True

    def authority(self, name: str) -> AuthorityRow | None:
        query = sa.select(AUTHORITIES).where(AUTHORITIES.c.name == name)
        with self._transaction() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return AuthorityRow(**row) if row else None

    def add_authority(self, row: AuthorityRow) -> None:
        with self._transaction(write=True) as connection:
            connection.execute(sa.insert(AUTHORITIES), _values(row))

    def order(self, authority: str, order_id: str) -> OrderRow | None:
        with self._transaction() as connection:
            row = connection.execute(_ORDER, {"b_authority": authority, "b_order": order_id}).mappings().one_or_none()
        return OrderRow(**row) if row else None

    def known(self, authority: str, order_id: str, template: str) -> Known:
        """What an issuance has to know before it decides, in one look."""
        mine = {"b_authority": authority, "b_order": order_id}
        with self._transaction() as connection:
            row = connection.execute(_ORDER, mine).mappings().one_or_none()
            if row:
                return Known(OrderRow(**row))
            return Known(None, *standing(connection, authority, order_id, template))

    def issued(self, authority: str, serial: str) -> OrderRow | None:
        """The order whose certificate, signed and kept, has this serial."""
        return self._one_order(authority, ORDERS.c.serial == serial, ORDERS.c.certificate.is_not(None))

    def newest(self, authority: str, template: str) -> OrderRow | None:
        """The order of this template whose certificate lives longest."""
        return self._one_order(authority, ORDERS.c.template == template, ORDERS.c.certificate.is_not(None))

    def add_order(self, row: OrderRow) -> None:
        """Raises Taken when the order id or the serial is in use."""
        with self._transaction(write=True) as connection:
            connection.execute(_ADD, _values(row))

    def keep_certificate(self, authority: str, order_id: str, certificate: bytes) -> bytes:
        """Keep the first certificate that was signed for this order; answers the one that is kept."""
        mine = {"b_authority": authority, "b_order": order_id}
        with self._transaction(write=True) as connection:
            kept = connection.execute(_KEEP, {**mine, "b_certificate": certificate}).scalar_one_or_none()
            if kept is None:
                kept = connection.execute(_KEPT, mine).scalar_one()
        return bytes(kept)

    def revocation(self, authority: str, serial: str) -> RevocationRow | None:
        """What stands against the certificate now; a hold that was taken back does not."""
        query = _revocations(authority).where(REVOCATIONS.c.serial == serial, REVOCATIONS.c.reason != RELEASED)
        with self._transaction() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return RevocationRow(**row) if row else None

    def revoke(self, row: RevocationRow, *, instead_of: Collection[str] = ()) -> None:
        """Raises Taken when it is revoked already, unless that was for one of the reasons ``instead_of``."""
        former = sa.delete(REVOCATIONS).where(
            REVOCATIONS.c.authority == row.authority,
            REVOCATIONS.c.serial == row.serial,
            REVOCATIONS.c.reason.in_(instead_of),
        )
        with self._transaction(write=True) as connection:
            _in_turn(connection, row.authority)
            connection.execute(former)
            connection.execute(sa.insert(REVOCATIONS).values(_values(row)))

    def newest_list(self, authority: str) -> ListRow | None:
        """The revocation list with the highest number that was signed."""
        query = sa.select(*(c for c in LISTS.c if c is not LISTS.c.authority))
        query = query.where(LISTS.c.authority == authority, LISTS.c.crl.is_not(None))
        with self._transaction() as connection:
            row = connection.execute(query.order_by(LISTS.c.number.desc()).limit(1)).mappings().one_or_none()
        return ListRow(**row) if row else None

    def revision(self, authority: str) -> int:
        """A number that grows with each revocation."""
        with self._transaction() as connection:
            return _revision(connection, authority)

    def number_list(self, authority: str, now: int) -> ListRow:
        """Take the next list number."""
        highest = sa.select(sa.func.max(LISTS.c.number)).where(LISTS.c.authority == authority)
        with self._transaction(write=True) as connection:
            _in_turn(connection, authority)
            number = (connection.execute(highest).scalar() or 0) + 1
            row = ListRow(number, _revision(connection, authority), now, None)
            values = {"number": row.number, "revision": row.revision, "made_at": now, "authority": authority}
            connection.execute(sa.insert(LISTS).values(values))
        return row

    def revoked(self, authority: str, *, up_to: int, not_before: int = 0, after: int = 0) -> list[RevocationRow]:
        """Revocations after one revision and up to another, of certificates that had not expired before a moment."""
        query = _revocations(authority).where(REVOCATIONS.c.id <= up_to, REVOCATIONS.c.not_after >= not_before)
        query = query.where(REVOCATIONS.c.id > after)
        with self._transaction() as connection:
            return [RevocationRow(**row) for row in connection.execute(query).mappings()]

    def keep_list(self, authority: str, number: int, crl: bytes) -> None:
        mine = sa.and_(LISTS.c.authority == authority, LISTS.c.number == number)
        with self._transaction(write=True) as connection:
            connection.execute(sa.update(LISTS).where(mine).values(crl=crl))

    def _one_order(self, authority: str, *where: sa.ColumnElement[bool]) -> OrderRow | None:
        query = sa.select(ORDERS).where(ORDERS.c.authority == authority, *where)
        query = query.order_by(ORDERS.c.not_after.desc()).limit(1)
        with self._transaction() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return OrderRow(**row) if row else None

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                open_transaction(connection, write=write)
                yield connection
                connection.commit()  # the authority's database has this door of its own
        except sa.exc.IntegrityError as error:
            raise Taken from error
        except sa.exc.DBAPIError as error:  # away, locked, full, or never set up
            raise StoreDown(str(error.orig)) from error
        except OperationalError as error:
            raise StoreDown(str(error)) from error


def _revocations(authority: str) -> sa.Select[Any]:
    columns = (c for c in REVOCATIONS.c if c is not REVOCATIONS.c.id)
    return sa.select(*columns).where(REVOCATIONS.c.authority == authority)


def _revision(connection: sa.Connection, authority: str) -> int:
    query = sa.select(sa.func.max(REVOCATIONS.c.id)).where(REVOCATIONS.c.authority == authority)
    return int(connection.execute(query).scalar() or 0)


def _values(row: AuthorityRow | OrderRow | RevocationRow) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}


def _in_turn(connection: sa.Connection, authority: str) -> None:
    # revocations become visible in the order of their numbers, so that a list that knows one knows all before it
    query = sa.select(AUTHORITIES.c.name).where(AUTHORITIES.c.name == authority).with_for_update()
    connection.execute(query).one()
