"""Drift of every kind, planted into a calm fleet as accidents make it."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, null, select, update

from portal.db.models import Certificate, CertificatePlace, Update, UpdateStep
from portal.domain.certificate import Revocation
from portal.domain.drift import DriftKind
from portal.domain.plan_steps import key_id_for
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.ports.certificate_authority import RevocationOrder
from tests.chaos.reconciling.story import Fleet
from tests.support.pki import a_key, an_order


def _written(fleet: Fleet, device: int) -> Any:
    query = select(Certificate.__table__).where(
        Certificate.device_id == device, Certificate.status == CertificatePlace.WRITTEN, Certificate.name == "vpn"
    )
    with fleet.ledger.database.read() as connection:
        return connection.execute(query).one()


def _change(fleet: Fleet, statement: Any) -> None:
    with fleet.ledger.database.begin() as connection:
        connection.execute(statement)


def forgotten_row(fleet: Fleet, device: int) -> None:
    """Rows were restored from before the answer came; the certificate is on no token."""
    row = _written(fleet, device)
    _forget(fleet, row)
    fleet.tokens[device].certificates.pop((row.key_id, row.fingerprint))
    fleet.tokens[device].keys.pop(row.key_id)


def forgotten_row_and_key(fleet: Fleet, device: int) -> None:
    """The same, and the key is still on the token."""
    row = _written(fleet, device)
    _forget(fleet, row)
    fleet.tokens[device].certificates.pop((row.key_id, row.fingerprint))


def _forget(fleet: Fleet, row: Any) -> None:
    _change(fleet, delete(Certificate).where(Certificate.id == row.id))
    mine = (UpdateStep.update_id == row.update_id, UpdateStep.kind == StepKind.REQUEST_CERTIFICATE.value)
    with fleet.ledger.database.begin() as connection:
        for step in connection.execute(select(UpdateStep.id, UpdateStep.reply).where(*mine)).all():
            if step.reply and step.reply.get("serial") == row.serial:
                connection.execute(update(UpdateStep).where(UpdateStep.id == step.id).values(reply=null()))


def revoked_there(fleet: Fleet, device: int) -> None:
    """Somebody revoked at the authority."""
    fleet.line.inner.revoke(RevocationOrder("by hand", _written(fleet, device).serial))


def revocation_lost(fleet: Fleet, device: int) -> None:
    """The authority's database was restored from before the revocation."""
    row = _written(fleet, device)
    _change(fleet, update(Certificate).where(Certificate.id == row.id).values(revocation=Revocation.REVOKED))


def unknown_there(fleet: Fleet, device: int) -> None:
    """The authority's database was restored from before the certificate."""
    row = _written(fleet, device)
    with sqlite3.connect(fleet.folder / "ca.db") as store:
        store.execute("DELETE FROM ca_orders WHERE serial = ?", (row.serial,))


def gone(fleet: Fleet, device: int) -> None:
    """Somebody deleted it from the token."""
    row = _written(fleet, device)
    fleet.tokens[device].certificates.pop((row.key_id, row.fingerprint))


def ours_without_row(fleet: Fleet, device: int) -> None:
    """A key an update made and the next one took away is back, from a copy of the token."""
    fleet.order_and_finish(device)
    with fleet.ledger.database.read() as connection:
        query = select(Update.uuid).where(Update.device_id == device).order_by(Update.id)
        uuid = connection.execute(query).scalars().first()
    token = fleet.tokens[device]
    token.keys[key_id_for(str(uuid), 0)] = next(iter(token.keys.values()))


def nobodys_order(fleet: Fleet, _device: int) -> None:
    """An order that reads like ours, given by nobody who is known."""
    fleet.line.inner.request(replace(an_order(f"{uuid4()}-0", a_key()), template="vpn"))


def debt_overdue(fleet: Fleet, device: int) -> None:
    """Nobody paid for two days."""
    fleet.clock.advance(days=2)
    row = _written(fleet, device)
    mine = (UpdateStep.update_id == row.update_id, UpdateStep.kind == StepKind.REQUEST_CERTIFICATE.value)
    later = fleet.clock.now() + timedelta(days=9)
    _change(
        fleet,
        update(Update).where(Update.id == row.update_id).values(finished_at=fleet.clock.now() - timedelta(days=2)),
    )
    _change(fleet, update(UpdateStep).where(*mine).values(owed_at=later))


def order_waiting(fleet: Fleet, device: int) -> None:
    """A run was ended by hand in the database while the authority still decided."""
    fleet.weather.rate = 0.0
    number = fleet.order(device)
    fleet.run(number, device)
    over = {"status": UpdateStatus.FAILED, "finished_at": fleet.clock.now(), "waiting_for": None, "wake_at": None}
    _change(fleet, update(Update).where(Update.id == number).values(**over))


def forgotten_write(fleet: Fleet, device: int) -> None:
    """The row was restored from another time: it says that the certificate was taken off."""
    row = _written(fleet, device)
    _change(fleet, update(Certificate).where(Certificate.id == row.id).values(status=CertificatePlace.REMOVED))


PLANTS: Final[dict[DriftKind, Callable[[Fleet, int], None]]] = {
    DriftKind.HALF_DONE: forgotten_row,
    DriftKind.REVOKED_THERE: revoked_there,
    DriftKind.REVOCATION_LOST: revocation_lost,
    DriftKind.UNKNOWN_THERE: unknown_there,
    DriftKind.OURS_WITHOUT_ROW: ours_without_row,
    DriftKind.GONE: gone,
    DriftKind.NOBODYS_ORDER: nobodys_order,
    DriftKind.DEBT_OVERDUE: debt_overdue,
    DriftKind.ORDER_WAITING: order_waiting,
}
