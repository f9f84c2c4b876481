"""The stand of registers of devices in a thread of this process, and connectors that lead to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from portal.connectors.clock import SystemClock
from portal.connectors.opening import open_register
from portal.connectors.registers.contract.register import ContractRegister
from portal.connectors.registers.indeed.register import IndeedRegister
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.indeed import METHODS
from portal.ports.connectors import ConnectorValues
from portal.ports.device_register import DeviceRegister, RegisteredCertificate, RegisterOrder
from portal.stands.registers.access import access_in
from portal.stands.registers.keys import LineKeys, line_keys
from portal.stands.registers.server import StandServer
from portal.stands.registers.shelf import Shelf
from portal.stands.registers.stand import FACES, Stand
from tests.support.unhurried import patient

FACE_OF: Final = {
    ConnectorKind.REGISTER_CONTRACT: "contract",
    ConnectorKind.REGISTER_SECRET_NET: "secret_net",
    ConnectorKind.REGISTER_INDEED: "indeed",
}
CERTIFICATE: Final = RegisteredCertificate("0a1b", "ab" * 32, datetime(2027, 1, 31, 9, 30, tzinfo=UTC), "CN=Ёлкина")
WHOLE: Final = RegisterOrder(
    "o1", "0a1b", "elkina", "Ёлкина Анна", "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "Рутокен ЭЦП 3.0", (CERTIFICATE,)
)


@dataclass(frozen=True, slots=True)
class RunningRegisters:
    """A stand that can be told everything without a line between."""

    stand: Stand
    url: str
    keys: LineKeys

    def values(self, kind: ConnectorKind, **other: str) -> ConnectorValues:
        """As an administrator would type them."""
        access, trust = self.stand.access, self.keys.trust.read_text()
        typed = {"address": self.url + FACES[FACE_OF[kind]], "server_trusted": trust}
        if kind is ConnectorKind.REGISTER_INDEED:
            typed |= {"account": access.account, "user_prefix": access.user_prefix, "mode_id": access.mode_id}
            typed |= {"token_header": "X-Session-Token"} | {f"path_{name}": path for name, path in METHODS.items()}
            return ConnectorValues(kind, "register", typed | other, {"password": access.password})
        typed["client"] = access.client
        return ConnectorValues(kind, "register", typed | other, {"secret": access.secret})

    def register(self, kind: ConnectorKind, **other: str) -> DeviceRegister:
        """A connector that leads here and waits as long as a busy machine takes."""
        made = open_register(self.values(kind, **other), SystemClock())
        assert isinstance(made, ContractRegister | IndeedRegister)
        return waiting(made)

    def devices(self) -> list[str]:
        """The serial numbers it knows."""
        return [one.serial for one in self.stand.shelf.all()]

    def changes(self) -> int:
        """How many calls changed something."""
        return sum(one.what.partition(" ")[0] in _CHANGES for one in self.stand.shelf.calls())


def waiting(register: ContractRegister | IndeedRegister, seconds: float = 0) -> DeviceRegister:
    """The same one with patience, or with these seconds of it."""
    server = patient(register.talk.server)
    if seconds:
        server = replace(server, answer_within=seconds)
    if isinstance(register, ContractRegister):
        return replace(register, talk=replace(register.talk, server=server))
    return IndeedRegister(type(register.talk)(server, register.talk.settings))


_CHANGES: Final = frozenset({"added", "changed", "removed", "enabled", "disabled"})


@contextmanager
def running_registers(folder: Path) -> Iterator[RunningRegisters]:
    """Serve until the end of the block."""
    keys = line_keys(folder)
    stand = Stand(Shelf(), access_in(folder))
    with StandServer(("127.0.0.1", 0), stand, keys) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield RunningRegisters(stand, server.url, keys)
        finally:
            server.shutdown()
