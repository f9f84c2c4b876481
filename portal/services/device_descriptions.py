"""What registers outside are told of devices, as the database knows them when they are told."""

from dataclasses import dataclass

from portal.db.queries.device_descriptions import register_order
from portal.db.transaction import Database
from portal.ports.device_register import RegisterOrder


@dataclass(frozen=True, slots=True)
class Descriptions:
    """Implements portal.ports.device_descriptions.DeviceDescriptions."""

    database: Database

    def order(self, order_id: str, serial: str, login: str) -> RegisterOrder:
        """The order with everything that is known of the device now."""
        with self.database.read() as connection:
            return register_order(connection, order_id, serial, login)
