"""Looking again at one finding: the same questions as in a round, about one subject."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from portal.db.base import AnyRow
from portal.db.models import Certificate, DriftFinding
from portal.db.transaction import Database
from portal.domain.drift import DriftKind, DriftState
from portal.domain.errors import OutsideUnavailable
from portal.services.reconciliation.book import close, write_seen
from portal.services.reconciliation.debts import debt
from portal.services.reconciliation.drifts import Drift
from portal.services.reconciliation.lists import known_order
from portal.services.reconciliation.orders import Orders, order_row
from portal.services.reconciliation.rows import Rows
from portal.services.reconciliation.tokens import Tokens
from portal.services.step_context import Outside


@dataclass(frozen=True, slots=True)
class Looking:
    """Everything a finding may be about."""

    database: Database
    outside: Outside

    def again(self, number: int) -> bool | None:
        """Look, and write down what is seen; whether it is still there, None when nobody could tell."""
        with self.database.read() as connection:
            row = connection.execute(select(DriftFinding.__table__).where(DriftFinding.id == number)).one()
        try:
            seen = self._seen(row)
        except OutsideUnavailable:
            return None
        now = self.outside.clock.now()
        with self.database.begin() as connection:
            if seen is not None:
                write_seen(connection, [seen], now)
            else:
                close(connection, [number], now)
        return seen is not None

    def device(self, number: int) -> int:
        """Look at one device alone; answers how many findings that opens. What cannot be asked stays as it is."""
        with self.database.read() as connection:
            own = select(Certificate.id).where(Certificate.device_id == number, Certificate.serial != "")
            certificates = list(connection.execute(own.order_by(Certificate.id)).scalars())
            mine = (DriftFinding.device_id == number, DriftFinding.state != DriftState.CLOSED)
            known = list(connection.execute(select(DriftFinding.id).where(*mine)).scalars())
        drifts = Tokens(self.database, self.outside.clock).one(number)
        for certificate in certificates:
            with suppress(OutsideUnavailable):
                drifts += Rows(self.database, self.outside).one(certificate)
        with self.database.begin() as connection:
            opened = write_seen(connection, drifts, self.outside.clock.now())
        for finding in known:
            self.again(finding)
        return opened

    def _seen(self, row: AnyRow) -> Drift | None:
        """What is seen under the same subject; raises OutsideUnavailable."""
        found: list[Drift] = []
        match row.kind:
            case DriftKind.DEBT_OVERDUE:
                owed = debt(self.database, row.update_id, row.seq, self.outside.clock.now())
                return owed or self._of_order(row)
            case DriftKind.HALF_DONE | DriftKind.ORDER_WAITING:
                return self._of_order(row)
            case DriftKind.NOBODYS_ORDER:
                return self._nobodys(row)
            case DriftKind.GONE | DriftKind.OURS_WITHOUT_ROW:
                found = Tokens(self.database, self.outside.clock).one(row.device_id)
            case _:
                found = Rows(self.database, self.outside).one(row.certificate_id)
        return next((drift for drift in found if drift.subject == row.subject), None)

    def _of_order(self, row: AnyRow) -> Drift | None:
        with self.database.read() as connection:
            order = order_row(connection, row.update_id, row.seq)
        found = list(Orders(self.database, self.outside).look(order)) if order else []
        return next((drift for drift in found if drift.subject == row.subject), None)

    def _nobodys(self, row: AnyRow) -> Drift | None:
        """It stays what it was, until a row or an order of ours tells of it."""
        mine = (Certificate.ca == row.ca, Certificate.serial == row.serial)
        with self.database.read() as connection:
            if connection.execute(select(Certificate.id).where(*mine)).first() is not None:
                return None
            if known_order(connection, row.said.get("order", "")) is not None:
                return None
        return Drift(row.subject, row.kind, row.said, ca=row.ca, serial=row.serial, name=row.name)
