"""A token behind the fault module, and orders to break."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Done
from portal.ports.token import ReadContents, RemoveCertificate, RemoveKeyPair, TokenGateway
from tests.support.faults import FaultModule
from tests.support.pins import Pins
from tests.support.tokens import PIN

REMOVED = "0x32"


@dataclass(frozen=True)
class Broken:
    """A token behind the fault module."""

    faults: FaultModule
    serial: str

    @contextmanager
    def open(self, pins: Pins | None = None) -> Iterator[TokenGateway]:
        desk = Pkcs11Desk([self.faults.module], X509Reader())
        with desk.gateway(self.serial, pins or Pins(PIN)) as gateway:
            yield gateway

    def contents(self) -> TokenContents:
        with self.open() as gateway:
            read = gateway.carry_out(ReadContents())
        assert isinstance(read, Done), read
        assert read.reply.contents
        return read.reply.contents

    def clear(self) -> None:
        contents = self.contents()
        with self.open() as gateway:
            for certificate in contents.certificates:
                gateway.carry_out(RemoveCertificate(certificate.key_id, certificate.fingerprint))
            for key in contents.keys:
                gateway.carry_out(RemoveKeyPair(key.key_id))
