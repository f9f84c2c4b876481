"""What a register is told of a device, made when it is told: who holds it now, and what is on it."""

from typing import Protocol

from portal.ports.device_register import RegisterOrder


class DeviceDescriptions(Protocol):
    """Knows devices by their serial numbers."""

    def order(self, order_id: str, serial: str, login: str) -> RegisterOrder:
        """The order with everything that is known; ``login`` is the holder's where nothing else is."""
        ...


class Plain:
    """Knows nothing but what it is given."""

    def order(self, order_id: str, serial: str, login: str) -> RegisterOrder:
        """The serial number and the login, and nothing else."""
        return RegisterOrder(order_id, serial, login)
