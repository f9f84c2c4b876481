"""Everything the authorities issued, against what explains it here."""

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from re import compile as pattern
from typing import Final

from sqlalchemy import Connection, func, select

from portal.db.models import IS_ACTIVE, Certificate, DriftFinding, Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.drift import DriftKind, DriftState, IssuedForUs, of_issued
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import IssuedLister, ListedCertificate
from portal.services.reconciliation.drifts import Drift, Piece, issued_subject, moment
from portal.services.reconciliation.issued import AtAuthority, issued_drift
from portal.services.reconciliation.orders import OrderRow, order_row
from portal.services.step_context import Outside

#: Where an authority keeps no ids of ours, all its other customers look like nobody's orders: more are counted only.
MOST_STRANGERS: Final = 100
_OURS: Final = pattern(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Lists:
    """Reads the list of one authority part by part."""

    database: Database
    outside: Outside

    def piece(self, ca: str, mark: str) -> Piece:
        """What the authority issued after the mark; nothing of one that cannot tell. Raises OutsideUnavailable."""
        authority: object = self.outside.authorities.get(ca)
        if not isinstance(authority, IssuedLister):
            return Piece()
        page = authority.issued_since(mark)
        now = self.outside.clock.now()
        with self.database.read() as connection:
            unknown = _without_row(connection, ca, page.certificates)
            with_order = [one for one in unknown if one.order_id]
            drifts = self._of_orders(connection, ca, with_order, now)
            nameless = _without_finding(connection, ca, [one for one in unknown if not one.order_id])
            strange = self._strangers(connection, ca, nameless, now)
        strangers = len(nameless) + sum(_OURS.fullmatch(one.order_id) is None for one in with_order)
        return Piece((*drifts, *strange), len(page.certificates), page.mark, strangers)

    def _of_orders(
        self, connection: Connection, ca: str, listed: Sequence[ListedCertificate], now: datetime
    ) -> list[Drift]:
        known = _orders(connection, [one.order_id for one in listed])
        drifts: list[Drift | None] = []
        for one in listed:
            order = known.get(one.order_id)
            if order is not None:
                facts = self.outside.reader.certificate(one.certificate)
                drifts.append(issued_drift(connection, AtAuthority(ca, facts, one.issued_at), order, now))
            elif _OURS.fullmatch(one.order_id):
                drifts.append(self._nobodys(ca, one, now))
        return [drift for drift in drifts if drift is not None]

    def _strangers(
        self, connection: Connection, ca: str, listed: Sequence[ListedCertificate], now: datetime
    ) -> list[Drift]:
        """What bears no id, is in no row and was not asked for by a run that is under way."""
        if not listed:
            return []
        query = select(func.count()).where(
            DriftFinding.ca == ca,
            DriftFinding.kind == DriftKind.NOBODYS_ORDER,
            DriftFinding.state != DriftState.CLOSED,
        )
        room = MOST_STRANGERS - int(connection.execute(query).scalar_one())
        awaited = self._awaited_keys(connection) if room > 0 else frozenset[str]()
        strange = (
            self._nobodys(ca, one, now)
            for one in listed
            if self.outside.reader.certificate(one.certificate).public_key_hash not in awaited
        )
        return [drift for drift in strange if drift is not None][: max(room, 0)]

    def _nobodys(self, ca: str, one: ListedCertificate, now: datetime) -> Drift | None:
        kind = of_issued(IssuedForUs(one.issued_at, ordered=False), now)
        if kind is None:
            return None
        facts = self.outside.reader.certificate(one.certificate)
        said = {
            "order": one.order_id,
            "subject": facts.subject[:500],
            "issued_at": moment(one.issued_at),
            "not_after": moment(facts.not_after),
        }
        return Drift(issued_subject(ca, one.serial), kind, said, ca=ca, serial=one.serial, name=facts.common_name)

    def _awaited_keys(self, connection: Connection) -> frozenset[str]:
        """The keys runs that are under way ordered certificates for."""
        query = select(UpdateStep.reply).join(Update, Update.id == UpdateStep.update_id)
        query = query.where(IS_ACTIVE, UpdateStep.kind == StepKind.SIGN_REQUEST.value)
        replies = (row.reply for row in connection.execute(query) if row.reply)
        return frozenset(self.outside.reader.request_key_hash(b64decode(reply["request"])) for reply in replies)


def known_order(connection: Connection, order_id: str) -> OrderRow | None:
    """The order of ours that bears this id, if any."""
    return _orders(connection, [order_id]).get(order_id)


def _orders(connection: Connection, order_ids: Iterable[str]) -> Mapping[str, OrderRow]:
    """Orders of ours by their ids: the name of their run, and the line of its plan."""
    read = {order_id: found.groups() for order_id in order_ids if (found := _OURS.fullmatch(order_id))}
    named = {uuid for uuid, _item in read.values()}
    query = select(Update.uuid, UpdateStep.update_id, UpdateStep.item, UpdateStep.seq)
    query = query.join(UpdateStep, UpdateStep.update_id == Update.id)
    query = query.where(Update.uuid.in_(named), UpdateStep.kind == StepKind.REQUEST_CERTIFICATE.value)
    places = {(row.uuid, row.item): (row.update_id, row.seq) for row in connection.execute(query)} if named else {}
    orders = {}
    for order_id, (uuid, item) in read.items():
        place = places.get((uuid, int(item)))
        order = order_row(connection, *place) if place else None
        if order is not None:
            orders[order_id] = order
    return orders


def _without_row(connection: Connection, ca: str, listed: Sequence[ListedCertificate]) -> list[ListedCertificate]:
    serials = [one.serial for one in listed]
    query = select(Certificate.serial).where(Certificate.ca == ca, Certificate.serial.in_(serials))
    known = set(connection.execute(query).scalars()) if serials else set()
    return [one for one in listed if one.serial not in known]


def _without_finding(connection: Connection, ca: str, listed: Sequence[ListedCertificate]) -> list[ListedCertificate]:
    """Without those that were found already by asking about the order itself."""
    subjects = [issued_subject(ca, one.serial) for one in listed]
    query = select(DriftFinding.subject).where(
        DriftFinding.subject.in_(subjects), DriftFinding.kind == DriftKind.HALF_DONE
    )
    known = set(connection.execute(query).scalars()) if subjects else set()
    return [one for one in listed if issued_subject(ca, one.serial) not in known]
