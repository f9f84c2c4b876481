"""Registers that know a device hear of it once an update has changed the certificates on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from portal.db import register_book
from portal.db.base import AnyRow
from portal.db.models import Certificate, Device, OrderKind, Registration, UpdateStep
from portal.db.prepared import Prepared
from portal.domain.certificate import CertificateKind
from portal.domain.device import DeviceState
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import StepKind

_KNOWN: Final = Prepared(
    select(Registration.register)
    .join(Device, Device.id == Registration.device_id)
    .where(Registration.device_id == bindparam("b_device"), Device.holder_id.is_not(None))
    .where(Device.state != DeviceState.REVOKED, Device.state != DeviceState.DISABLED)  # telling of it would let it in
    .order_by(Registration.register)
)
#: After each of these the list of certificates is another one.
_CHANGES: Final = frozenset({StepKind.WRITE_CERTIFICATE, StepKind.RETAIN_HISTORY, StepKind.INIT_TOKEN})
_ASKED: Final = (*sorted(_CHANGES), StepKind.REMOVE_CERTIFICATE, StepKind.REGISTER_DEVICE)


def spread(connection: Connection, device: DeviceId, run: UpdateId, now: datetime) -> None:
    """Have every register that knows the device told what is on it, if this run changed that and did not tell it.

    The run is over, and the caller holds the device. A worker tells it later, so nothing waits for a register here.
    """
    known = _KNOWN.run(connection, {"b_device": device}).all()
    if not known:
        return
    done = _done(connection, run)
    if not _changed(connection, device, done):
        return
    told = {_said(row, "register") for row in done}  # by its last steps: the list was whole by then
    for row in known:
        if row.register.value not in told:
            _owe(connection, register_book.Word(device, row.register, OrderKind.REGISTER), now)


def _done(connection: Connection, run: UpdateId) -> Sequence[AnyRow]:
    own = UpdateStep
    mine = (own.update_id == run, own.status == StepStatus.DONE, own.kind.in_([kind.value for kind in _ASKED]))
    return connection.execute(select(own.kind, own.step).where(*mine)).all()


def _said(row: AnyRow, name: str) -> object:
    """What a stored step says, also of one whose shape this code no longer knows."""
    return row.step.get("value", {}).get(name)


def _changed(connection: Connection, device: DeviceId, done: Sequence[AnyRow]) -> bool:
    if any(row.kind in _CHANGES for row in done):
        return True
    removed = [_said(row, "fingerprint") for row in done if row.kind == StepKind.REMOVE_CERTIFICATE]
    if not removed:
        return False
    own = Certificate
    listed = (own.device_id == device, own.kind == CertificateKind.MANAGED, own.history.is_(False))
    query = select(own.id).where(*listed, own.fingerprint.in_(removed))
    return connection.execute(query.limit(1)).first() is not None


def _owe(connection: Connection, word: register_book.Word, now: datetime) -> None:
    """It stays owed until the register takes it: one disabled before that is told of anew when it is enabled."""
    mine = (Registration.device_id == word.device, Registration.register == word.register)
    connection.execute(update(Registration).where(*mine).values(owed_since=now))
    register_book.drop(connection, word, now)
    register_book.owe(connection, word, now)
