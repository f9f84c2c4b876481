"""A database with one device and its holder, and updates ordered without any dialog."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from portal.db import audit_chain
from portal.db.base import Base
from portal.db.debts import SqlDebtBook
from portal.db.journal import SqlUpdateJournal
from portal.db.models import (
    AuditEntry,
    Certificate,
    Device,
    DeviceContents,
    LeftoverObject,
    Person,
    Policy,
    Registration,
    Unit,
    Update,
    UpdateStep,
)
from portal.db.transaction import Database
from portal.domain import codec
from portal.domain.audit import AuditTag
from portal.domain.certificate import CertificateKind
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step
from portal.services.bell import Bell
from portal.services.update_requests import ask_to_cancel, note_settlement, wake
from tests.support.clock import NOON

SERIAL = "0a1b2c"
LOGIN = "ivanova"


class Deaf:
    """A feed nobody listens to; it remembers the last number told."""

    def __init__(self) -> None:
        self.told: list[tuple[UpdateId, int]] = []

    def announce(self, update: UpdateId, sequence: int) -> None:
        self.told.append((update, sequence))

    def listen(self, update: UpdateId, *, beat: float) -> Iterator[int | None]:
        yield from ()


class Asleep:
    """A queue whose workers do not come."""

    def advance_update(self, update: UpdateId, run: int) -> None:
        """Nobody hears it."""


@dataclass
class Ledger:
    """One database of the portal, made from the models, with what people do to a run."""

    database: Database
    feed: Deaf = field(default_factory=Deaf)

    @property
    def journal(self) -> SqlUpdateJournal:
        return SqlUpdateJournal(self.database, self.feed)

    @property
    def debts(self) -> SqlDebtBook:
        return SqlDebtBook(self.database, self.feed)

    def device(self, serial: str = SERIAL, **values: Any) -> DeviceId:
        """A device whose holder is the same person each time."""
        row = {"state": DeviceState.ISSUED, "created_at": NOON, "holder_id": self._person(), "need": 0, **values}
        with self.database.begin() as connection:
            added = connection.execute(insert(Device).values(serial=serial, **row).returning(Device.id))
            return DeviceId(added.scalar_one())

    def _person(self) -> int:
        with self.database.begin() as connection:
            known = connection.execute(select(Person.id)).scalar()
            if known is not None:
                return int(known)
            unit = insert(Unit).values(name="Ключ", path=["Ключ"]).returning(Unit.id)
            connection.execute(insert(Policy).values(name="Модель", current_version=1, created_at=NOON))
            person = insert(Person).values(
                unit_id=connection.execute(unit).scalar_one(),
                login=LOGIN,
                login_key=LOGIN,
                name="Иванова Мария",
                attributes={"cn": "Иванова Мария", "email": "ivanova@key.example"},
                search_key="иванова мария",
                sort_key="иванова мария",
                created_at=NOON,
            )
            return connection.execute(person.returning(Person.id)).scalar_one()

    def order(self, device: DeviceId, steps: tuple[Step, ...]) -> UpdateId:
        """An ordered update with these steps."""
        with self.database.begin() as connection:
            policy = connection.execute(select(Policy.id)).scalar_one()
            row = {"status": UpdateStatus.ORDERED, "policy_id": policy, "policy_version": 1, "plan": {}, "findings": []}
            told = {"choices": {}, "content_hash": "", "ordered_by": "admin", "ordered_at": NOON, "sequence": 1}
            name = f"update-{device}-{connection.execute(select(Update.id)).all().__len__()}"
            added = insert(Update).values(uuid=name, device_id=device, **row, **told).returning(Update.id)
            update = UpdateId(connection.execute(added).scalar_one())
            connection.execute(insert(UpdateStep), [_step(update, seq, step) for seq, step in enumerate(steps, 1)])
        return update

    # ── what people do ──

    def wake(self, update: UpdateId, now: datetime) -> None:
        with self.database.begin() as connection:
            wake(connection, update, now)

    def ring(self, update: UpdateId, now: datetime) -> None:
        with self.database.begin() as connection:
            Bell(self.database, Asleep(), self.feed).post(connection, update, now)

    def cancel(self, update: UpdateId, now: datetime, *, leave_behind: bool = False) -> None:
        with self.database.begin() as connection:
            ask_to_cancel(connection, update, leave_behind=leave_behind, actor="admin", now=now)

    def settle(self, update: UpdateId, *, happened: bool, now: datetime) -> None:
        with self.database.begin() as connection:
            note_settlement(connection, update, happened=happened, comment="seen", actor="admin", now=now)

    # ── what the rows say ──

    def row(self, update: UpdateId) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(Update.__table__).where(Update.id == update)).one()

    def steps(self, update: UpdateId) -> list[Any]:
        query = select(UpdateStep.__table__).where(UpdateStep.update_id == update).order_by(UpdateStep.seq)
        with self.database.read() as connection:
            return list(connection.execute(query))

    def statuses(self, update: UpdateId) -> list[StepStatus]:
        return [row.status for row in self.steps(update)]

    def tags(self, update: UpdateId) -> list[tuple[AuditTag, int]]:
        query = select(AuditEntry.tag, AuditEntry.particulars).where(AuditEntry.subject == f"update:{update}")
        with self.database.read() as connection:
            rows = connection.execute(query.order_by(AuditEntry.id)).all()
        return [(AuditTag(row.tag), int(row.particulars.get("step", 0))) for row in rows]

    def chain_holds(self) -> bool:
        with self.database.read() as connection:
            return audit_chain.verify(connection).whole

    def certificates(self, device: DeviceId) -> list[Any]:
        ours = Certificate.kind != CertificateKind.TRACKED
        query = select(Certificate.__table__).where(Certificate.device_id == device, ours).order_by(Certificate.id)
        with self.database.read() as connection:
            return list(connection.execute(query))

    def leftovers(self, device: DeviceId) -> set[tuple[str, str | None]]:
        query = select(LeftoverObject.key_id, LeftoverObject.fingerprint).where(LeftoverObject.device_id == device)
        with self.database.read() as connection:
            return {(row.key_id, row.fingerprint) for row in connection.execute(query)}

    def registered(self, device: DeviceId) -> set[str]:
        query = select(Registration.register).where(Registration.device_id == device)
        with self.database.read() as connection:
            return {row.register.value for row in connection.execute(query)}

    def device_row(self, device: DeviceId) -> Any:
        with self.database.read() as connection:
            return connection.execute(device_row(device)).one()


def device_row(device: int) -> Any:
    """Asks for a device with the hash of what was last seen on its token."""
    query = select(Device.__table__, DeviceContents.contents_hash)
    return query.outerjoin(DeviceContents, DeviceContents.device_id == Device.id).where(Device.id == device)


def _step(update: UpdateId, seq: int, step: Step) -> dict[str, Any]:
    return {
        "update_id": update,
        "seq": seq,
        "kind": step.kind.value,
        "item": step.item,
        "version": step.version,
        "status": StepStatus.PENDING,
        "step": codec.to_json(step),
        "ticket": "",
    }


@contextmanager
def ledger(url: str) -> Iterator[Ledger]:
    """A new ledger in an empty database."""
    with Database(url) as database:
        with database.begin() as connection:
            Base.metadata.create_all(connection)
        yield Ledger(database)
