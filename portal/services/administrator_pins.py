"""Administrator PINs of tokens: sealed by the vault, opened only for the step that needs one."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, select

from portal.db.models import Device, DeviceSecret
from portal.db.transaction import Database
from portal.db.upsert import upsert
from portal.domain.ids import DeviceId
from portal.ports.token import Pin
from portal.ports.vault import Vault


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
        query = select(Device.id, DeviceSecret.so_pin).join(DeviceSecret, DeviceSecret.device_id == Device.id)
        with self._database.read() as connection:
            row = connection.execute(query.where(Device.serial == serial)).one_or_none()
        if row is None or row.so_pin is None:
            return None
        with suppress(ValueError):  # changed, or sealed with a key that is not here any more
            return Pin(self._vault.open(row.so_pin, context=context_of(row.id)).decode())
        return None


def context_of(device: int) -> str:
    """What a sealed administrator PIN is bound to."""
    return f"device:{device}:so-pin"
