"""Orders of updates that are over: whether their authority issued, or still decides about, what nobody waits for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NoReturn, assert_never

from sqlalchemy import Connection, null, select, tuple_

from portal.db import journal_statements as sql
from portal.db.base import AnyRow
from portal.db.journal import step_record
from portal.db.models import Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.drift import DriftKind, of_waiting
from portal.domain.errors import OutsideUnavailable
from portal.domain.outcomes import Absent, Accepted, Effect, Happened, Refused, Unknown
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import IssuedCertificate
from portal.ports.certificates import CertificateFacts
from portal.ports.journal import StepRecord
from portal.services.reconciliation.drifts import Drift, Piece, moment, step_subject
from portal.services.reconciliation.issued import AtAuthority, issued_drift
from portal.services.step_context import Outside, StepContext
from portal.services.steps.request_certificate import RequestCertificate, ca_of, template_of

AT_ONCE: Final = 500
#: Of one piece: more would keep everything else waiting where an authority is slow.
MOST_ASKED: Final = 20
_HANDLER: Final = RequestCertificate()
_RUNS: Final = select(Update.id, Update.finished_at).where(Update.finished_at.is_not(None))


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order of a run, as its journal has it."""

    update: int
    device: int
    status: str
    over_since: datetime | None
    owed: bool
    record: StepRecord
    records: tuple[StepRecord, ...]


@dataclass(frozen=True, slots=True)
class Orders:
    """Asks about orders without an answer in the journal, each by itself."""

    database: Database
    outside: Outside

    def piece(self, mark: str, began: datetime | None, until: datetime) -> Piece:
        """The orders of the runs that ended after the mark."""
        with self.database.read() as connection:
            runs = _runs(connection, mark, began, until)
            unanswered = _unanswered(connection, [row.id for row in runs])
            runs, asked, cut = _part(runs, unanswered)
            orders = [found for row in asked if (found := order_row(connection, row.update_id, row.seq))]
        drifts: list[Drift] = []
        faults: dict[str, str] = {}
        for order in orders:
            try:
                drifts += self.look(order)
            except OutsideUnavailable as error:
                faults[template_of(order.record.step).ca] = error.code
        more = cut or len(runs) == AT_ONCE
        return Piece(tuple(drifts), len(asked), _mark(runs[-1]) if more else "", faults=faults)

    def look(self, order: OrderRow) -> Iterator[Drift]:
        """What is wrong with this order; raises OutsideUnavailable when its authority cannot tell."""
        now = self.outside.clock.now()
        effect = self._effect(order)
        match effect:
            case Happened(reply=issued):
                yield from self._issued(order, issued, now)
            case Accepted() if order.over_since is not None:
                kind = of_waiting(order.over_since, now, owed=order.owed)
                if kind is not None:
                    yield _waiting(order, kind)
            case Unknown(why=why):
                raise OutsideUnavailable(why.trouble.value, why=why.detail)
            case Absent() | Accepted():
                return
            case _:
                assert_never(effect)

    def _effect(self, order: OrderRow) -> Effect[IssuedCertificate]:
        step = order.record.step
        context = StepContext("", "", self.outside, _no_token, order.records, lambda: None)
        ca = ca_of(step, context)
        if isinstance(ca, Refused):
            raise OutsideUnavailable(ca.why.trouble.value, why=ca.why.detail)
        try:
            return ca.effect_of(_HANDLER.order(step, context))
        except LookupError:  # it came to no request: nothing was ever ordered
            return Absent()

    def _issued(self, order: OrderRow, issued: IssuedCertificate, now: datetime) -> Iterator[Drift]:
        try:
            facts: CertificateFacts = self.outside.reader.certificate(issued.certificate)
        except ValueError:
            raise OutsideUnavailable("ca_unreadable") from None
        name = template_of(order.record.step).ca
        ca = self.outside.authorities.get(name)
        there = AtAuthority(name, facts, facts.not_before, ca.status(facts.serial) if ca else None)
        with self.database.read() as connection:
            found = issued_drift(connection, there, order, now)
        if found is not None:
            yield found


def order_row(connection: Connection, update: int, seq: int) -> OrderRow | None:
    """One order with what its run knows; None when it is no order, or none this code can read."""
    query = select(Update.id, Update.device_id, Update.status, Update.finished_at).where(Update.id == update)
    run = connection.execute(query).one_or_none()
    records = tuple(r for r in map(step_record, sql.STEPS.run(connection, {"b_id": update})) if r is not None)
    record = next((r for r in records if r.seq == seq and r.step.kind is StepKind.REQUEST_CERTIFICATE), None)
    if run is None or record is None or record.step.template is None:
        return None
    mine = (UpdateStep.update_id == update, UpdateStep.seq == seq, UpdateStep.owed_at.is_not(None))
    owed = connection.execute(select(UpdateStep.id).where(*mine)).first() is not None
    return OrderRow(update, run.device_id, run.status.value, run.finished_at, owed, record, records)


def _runs(connection: Connection, mark: str, began: datetime | None, until: datetime) -> list[AnyRow]:
    query = _RUNS.where(Update.finished_at <= until)
    if mark:
        at, _bar, number = mark.partition("|")
        place = tuple_(Update.finished_at, Update.id)
        query = query.where(place > (datetime.fromisoformat(at), int(number)))
    elif began is not None:
        query = query.where(Update.finished_at > began)
    return list(connection.execute(query.order_by(Update.finished_at, Update.id).limit(AT_ONCE)))


def _unanswered(connection: Connection, runs: Sequence[int]) -> list[AnyRow]:
    query = select(UpdateStep.update_id, UpdateStep.seq).where(
        UpdateStep.update_id.in_(runs),
        UpdateStep.kind == StepKind.REQUEST_CERTIFICATE.value,
        UpdateStep.reply.is_(null()),
        UpdateStep.owed_at.is_(None),
    )
    order = {number: place for place, number in enumerate(runs)}
    found = list(connection.execute(query))
    return sorted(found, key=lambda row: (order[row.update_id], row.seq))


def _part(runs: list[AnyRow], unanswered: list[AnyRow]) -> tuple[list[AnyRow], list[AnyRow], bool]:
    """As many runs as are asked about in one piece, what is asked, and whether others are left."""
    if len(unanswered) <= MOST_ASKED:
        return runs, unanswered, False
    numbers = [run.id for run in runs]
    end = max(1, numbers.index(unanswered[MOST_ASKED].update_id))
    part = set(numbers[:end])
    return runs[:end], [row for row in unanswered if row.update_id in part], True


def _mark(run: AnyRow) -> str:
    return f"{run.finished_at.isoformat()}|{run.id}"


def _waiting(order: OrderRow, kind: DriftKind) -> Drift:
    step = order.record.step
    said = {"order": step.order_id, "run": order.status, "over_since": moment(order.over_since), "decides": "yes"}
    return Drift(
        step_subject(order.update, order.record.seq),
        kind,
        said,
        ca=template_of(step).ca,
        name=step.template_name,
        device=order.device,
        update=order.update,
        seq=order.record.seq,
    )


def _no_token() -> NoReturn:
    raise LookupError("orders are asked about without their token")
