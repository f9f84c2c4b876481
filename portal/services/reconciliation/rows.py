"""Our rows against what their authorities say; and what never came to the token though its run is over."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, or_, select

from portal.db.base import AnyRow
from portal.db.models import (
    IS_ACTIVE,
    Certificate,
    CertificatePlace,
    DeviceOperation,
    OperationStatus,
    Update,
    UpdateStep,
)
from portal.db.transaction import Database
from portal.domain.certificate import CertificateKind, Revocation
from portal.domain.drift import Standing, of_standing
from portal.domain.errors import OutsideUnavailable
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import StandingTeller
from portal.services.reconciliation.drifts import Drift, Piece, moment, row_subject
from portal.services.reconciliation.issued import AtAuthority, issued_drift
from portal.services.reconciliation.orders import order_row
from portal.services.step_context import Outside

AT_ONCE: Final = 2000
#: Certificates of authorities that tell of one at a time, in one piece.
MOST_ASKED: Final = 20
_OWN: Final = Certificate
_BUSY: Final = or_(
    exists().where(Update.device_id == _OWN.device_id, IS_ACTIVE),
    exists().where(DeviceOperation.device_id == _OWN.device_id, DeviceOperation.status == OperationStatus.OPEN),
)
_ROWS: Final = (
    select(_OWN.id, _OWN.ca, _OWN.serial, _OWN.name, _OWN.device_id, _OWN.status, _OWN.revocation, _OWN.not_after)
    .add_columns(_OWN.update_id, _OWN.subject, _BUSY.label("busy"))
    .where(_OWN.kind == CertificateKind.MANAGED)
    .order_by(_OWN.id)
)


@dataclass(frozen=True, slots=True)
class Rows:
    """Goes through certificates that are valid by time."""

    database: Database
    outside: Outside

    def piece(self, mark: str) -> Piece:
        """The rows after the mark: the number of a certificate."""
        now = self.outside.clock.now()
        query = _ROWS.where(_OWN.id > int(mark or 0), _OWN.not_after > now).limit(AT_ONCE)
        with self.database.read() as connection:
            rows = list(connection.execute(query))
        part = self._part(rows)
        found, faults = self.look(part, now)
        more = len(part) < len(rows) or len(rows) == AT_ONCE
        return Piece(tuple(found), len(part), str(part[-1].id) if more else "", faults=faults)

    def one(self, certificate: int) -> list[Drift]:
        """What is wrong with this row now; raises OutsideUnavailable."""
        with self.database.read() as connection:
            rows = list(connection.execute(_ROWS.where(_OWN.id == certificate)))
        found, faults = self.look(rows, self.outside.clock.now())
        for code in faults.values():
            raise OutsideUnavailable(code)
        return found

    def look(self, rows: Sequence[AnyRow], now: datetime) -> tuple[list[Drift], Mapping[str, str]]:
        """What is wrong with these, and which authorities could not be asked."""
        by_ca: dict[str, list[AnyRow]] = defaultdict(list)
        for row in rows:
            by_ca[row.ca].append(row)
        drifts: list[Drift] = []
        faults = {}
        for ca, own in by_ca.items():
            try:
                said, certain = self._standings(ca, [row.serial for row in own])
            except OutsideUnavailable as error:
                faults[ca] = error.code
                continue
            for row in own:
                kind = of_standing(_standing(row, said[row.serial], certain=certain), now)
                if kind is not None:
                    drifts.append(Drift(row_subject(row.id), kind, _said(row, said[row.serial]), **_about(row)))
        with self.database.read() as connection:
            drifts += self._unwritten(connection, [row for row in rows if _unwritten(row)], now)
        return drifts, faults

    def _standings(self, ca: str, serials: Sequence[str]) -> tuple[Mapping[str, Revocation], bool]:
        authority = self.outside.authorities.get(ca)
        if authority is None:
            raise OutsideUnavailable("ca_unknown", ca=ca)
        teller: object = authority
        if isinstance(teller, StandingTeller):
            return teller.standings(serials), True
        return {serial: authority.status(serial) for serial in serials}, False

    def _part(self, rows: list[AnyRow]) -> list[AnyRow]:
        asked, able = 0, dict[str, bool]()
        for place, row in enumerate(rows):
            if row.ca not in able:
                able[row.ca] = self._tells_many(row.ca)
            asked += not able[row.ca]
            if asked > MOST_ASKED:
                return rows[:place]
        return rows

    def _tells_many(self, ca: str) -> bool:
        try:
            teller: object = self.outside.authorities.get(ca)
        except OutsideUnavailable:
            return True  # it is found out once, for all its rows
        return teller is None or isinstance(teller, StandingTeller)

    def _unwritten(self, connection: Connection, rows: Sequence[AnyRow], now: datetime) -> list[Drift]:
        """Issued, in a row, and never on the token: their run is over and left them so."""
        found = []
        for row in rows:
            seq = _ordering_step(connection, row)
            order = order_row(connection, row.update_id, seq) if seq else None
            der = connection.execute(select(_OWN.der).where(_OWN.id == row.id)).scalar() if order else None
            if order is None or der is None:
                continue
            facts = self.outside.reader.certificate(der)
            drift = issued_drift(connection, AtAuthority(row.ca, facts, facts.not_before, row.revocation), order, now)
            if drift is not None:
                found.append(drift)
        return found


def _standing(row: AnyRow, there: Revocation, *, certain: bool) -> Standing:
    """What no update ordered came with the device from elsewhere: its authority need not know it."""
    ordered = certain and row.update_id is not None
    return Standing(row.revocation, there, row.not_after, busy=row.busy, certain=ordered)


def _unwritten(row: AnyRow) -> bool:
    return bool(row.status is CertificatePlace.ISSUED and row.revocation is not Revocation.REVOKED)


def _ordering_step(connection: Connection, row: AnyRow) -> int | None:
    query = select(UpdateStep.seq, UpdateStep.reply).where(
        UpdateStep.update_id == row.update_id, UpdateStep.kind == StepKind.REQUEST_CERTIFICATE.value
    )
    steps = connection.execute(query)
    return next((step.seq for step in steps if step.reply and step.reply.get("serial") == row.serial), None)


def _said(row: AnyRow, there: Revocation) -> dict[str, str]:
    return {
        "row": row.status.value,
        "row_says": row.revocation.value,
        "there": there.value,
        "subject": row.subject,
        "not_after": moment(row.not_after),
    }


def _about(row: AnyRow) -> dict[str, Any]:
    return {"ca": row.ca, "serial": row.serial, "name": row.name, "device": row.device_id, "certificate": row.id}
