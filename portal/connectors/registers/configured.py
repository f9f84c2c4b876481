"""The configured registers by kind."""

from collections.abc import Mapping

from portal.domain.policy import Register
from portal.ports.device_register import DeviceRegister


class ConfiguredRegisters:
    """What the settings named, and nothing else."""

    def __init__(self, registers: Mapping[Register, DeviceRegister]) -> None:
        self._registers = dict(registers)

    def get(self, kind: Register) -> DeviceRegister | None:
        return self._registers.get(kind)
