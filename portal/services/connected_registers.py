"""Registers of devices by kind: those that are connected."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import select

from portal.db.models import Connector
from portal.db.transaction import Database
from portal.domain.connector_kinds import REGISTERS
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.domain.policy import Register
from portal.domain.troubles import Trouble, why
from portal.ports.connectors import ConnectorValues
from portal.ports.device_register import DeviceRegister, DeviceRegisters
from portal.ports.vault import Vault
from portal.services.connector_rows import opened_secrets, stored_connector
from portal.services.connector_watch import ConnectorWatch
from portal.services.watched_register import shut_register, watched_register

OpensRegister = Callable[[ConnectorValues], DeviceRegister]
KIND_OF: Final = {register: kind for kind, register in REGISTERS.items()}


@dataclass(slots=True)
class ConnectedRegisters:
    """Each is opened when first asked for, and again when it was changed; ``own`` stands in for others."""

    own: DeviceRegisters
    database: Database
    vault: Vault
    watch: ConnectorWatch
    opens: OpensRegister
    _open: dict[ConnectorId, tuple[object, DeviceRegister]] = field(default_factory=dict, init=False)

    def get(self, kind: Register) -> DeviceRegister | None:
        """The register of this kind, or None when none is configured."""
        with self.database.read() as connection:
            row = stored_connector(connection, Connector.kind == KIND_OF[kind])
            if row is None:
                return self.own.get(kind)
            stamp, known = (row.version, row.changed_at), self._open.get(row.id)
            if known is not None and known[0] == stamp:
                return known[1]
            try:
                secrets = opened_secrets(connection, self.vault, row.id)
                inner = self.opens(ConnectorValues(row.kind, row.name, row.plain, secrets))
            except (
                InvalidInput,
                OutsideUnavailable,
                ValueError,
            ):  # sealed with another key, or kept by another version
                return shut_register(why(Trouble.REGISTER_UNAVAILABLE, f"settings of {row.name}"))
        found = watched_register(inner, self.watch.of(row))
        self._open[row.id] = (stamp, found)
        return found

    def configured(self) -> frozenset[Register]:
        """The registers there are."""
        query = select(Connector.kind).where(Connector.kind.in_(REGISTERS))
        with self.database.read() as connection:
            connected = {REGISTERS[kind] for kind in connection.execute(query).scalars()}
        return frozenset(connected | {kind for kind in Register if self.own.get(kind) is not None})
