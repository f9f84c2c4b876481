"""The running product, the stand it asks, and what a test may know of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select, update

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Certificate, Device, IdentityApplication, IdentityQuestion
from portal.domain.audit import AuditTag
from portal.domain.exchange_settings import ExchangeSettings, Transport
from portal.domain.ids import UpdateId
from portal.domain.update_state import UpdateStatus
from tests.acceptance.installation import Installation
from tests.e2e.identity.seats import Seat
from tests.support.smev_stand import RunningStand

PATIENCE: Final = 120.0
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bureau:
    """An installation and the registers it asks."""

    installation: Installation
    stand: RunningStand
    portal: Portal

    def address(self, path: str) -> str:
        """A page."""
        return f"{self.installation.address}{path}"

    def connect(self) -> None:
        """Ask the stand over the adapter."""
        self._set(self.stand.settings())

    @contextmanager
    def directly(self) -> Iterator[None]:
        """Ask the stand over the exchange itself meanwhile, with messages we sign."""
        with self.stand.signing() as signer:
            self._set(self.stand.settings(Transport.DIRECT, signer.path))
            try:
                yield
            finally:
                self._set(self.stand.settings())

    def _set(self, settings: ExchangeSettings) -> None:
        self.portal.exchange.save(settings, version=self.portal.exchange.settings()[1], actor="test")

    def device(self, seat: Seat) -> int:
        """The number of somebody's device."""
        return self.installation.device(seat.name)[0]

    def update(self, seat: Seat) -> UpdateId:
        """The only update somebody's device has had."""
        (number,) = self.installation.updates_of(self.device(seat))
        return UpdateId(number)

    def is_over(self, seat: Seat, status: UpdateStatus) -> None:
        """The update has come to its end."""
        self.installation.wait_for(self.update(seat), status, seconds=PATIENCE)

    def a_day_passes(self, seat: Seat) -> None:
        """Everything about somebody's check happened a day earlier, and the PIN has left the memory meanwhile."""
        number = self.update(seat)
        with self.portal.database.begin() as connection:
            mine = IdentityApplication.update_id == number
            asked = connection.execute(select(IdentityApplication.id, IdentityApplication.created_at).where(mine)).one()
            earlier = update(IdentityApplication).where(mine).values(created_at=asked.created_at - DAY)
            connection.execute(earlier)
            own = IdentityQuestion.application_id == asked.id
            for row in connection.execute(select(IdentityQuestion.__table__).where(own)).all():
                moved = {name: getattr(row, name) - DAY for name in ("wake_at", "sent_at")}
                connection.execute(update(IdentityQuestion).where(IdentityQuestion.id == row.id).values(moved))
        self.portal.tickets.destroy(number)

    def certificates(self, seat: Seat) -> int:
        """How many qualified certificates were issued to somebody."""
        mine = select(func.count()).select_from(Certificate).join(Device, Device.id == Certificate.device_id)
        with self.portal.database.read() as connection:
            return connection.execute(mine.where(Device.label == seat.name)).scalar_one()

    def pins(self, seat: Seat) -> int:
        """How often a PIN was handed over for somebody's update."""
        told = select(func.count()).select_from(AuditEntry).where(AuditEntry.tag == AuditTag.UPDATE_RESUMED)
        mine = told.where(AuditEntry.subject == f"update:{self.update(seat)}")
        with self.portal.database.read() as connection:
            return connection.execute(mine).scalar_one()
