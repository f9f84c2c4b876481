"""Administrator PINs of tokens: sealed by the vault, opened only for the step that needs one."""

import secrets
import string
from contextlib import suppress
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, update

from portal.db.models import Device, DeviceSecret
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.ids import DeviceId
from portal.ports.token import Pin
from portal.ports.vault import Vault

#: As long as every token we met takes.
LENGTH: Final = 12
_KEPT: Final = select(Device.id, DeviceSecret.so_pin, DeviceSecret.upcoming).join(
    DeviceSecret, DeviceSecret.device_id == Device.id
)


class AdministratorPins:
    """Keeps and opens them; no list, no page and no log ever shows one."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def keep(self, connection: Connection, device: DeviceId, pin: Pin, now: datetime) -> None:
        """Seal the PIN that is in force on the device's token."""
        sealed = self._vault.seal(pin.reveal().encode(), context=context_of(device))
        upsert(connection, DeviceSecret, {"device_id": device}, {"so_pin": sealed, "upcoming": None, "changed_at": now})

    def open(self, serial: str) -> Pin | None:
        """The PIN of the token with this serial number; None when none is kept or it cannot be opened."""
        with self._database.read() as connection:
            row = connection.execute(_KEPT.where(Device.serial == serial)).one_or_none()
        return None if row is None or row.so_pin is None else self._opened(row.so_pin, row.id)

    def upcoming(self, serial: str) -> tuple[Pin, bool]:
        """The PIN to be set next: sealed in the database before anybody may set it on the token; raises LookupError."""
        with self._database.begin() as connection:
            row = connection.execute(
                _KEPT.where(Device.serial == serial).with_for_update(of=DeviceSecret)
            ).one_or_none()
            if row is None:
                raise LookupError(serial)
            before = self._opened(row.upcoming, row.id) if row.upcoming is not None else None
            if before is not None:
                return before, True
            made = Pin("".join(secrets.choice(string.digits) for _digit in range(LENGTH)))
            sealed = self._vault.seal(made.reveal().encode(), context=context_of(row.id))
            mine = update(DeviceSecret).where(DeviceSecret.device_id == row.id)
            connection.execute(mine.values(upcoming=sealed))
        return made, False

    def _opened(self, sealed: bytes, device: int) -> Pin | None:
        with suppress(ValueError):  # changed, or sealed with a key that is not here any more
            return Pin(self._vault.open(sealed, context=context_of(device)).decode())
        return None


def context_of(device: int) -> str:
    """What a sealed administrator PIN is bound to."""
    return f"device:{device}:so-pin"
