"""One order as it is known on the line."""

from dataclasses import dataclass, replace
from hashlib import sha256

from portal.connectors.ca.answering import refused, wanted_key
from portal.connectors.ca.cmp.envelope import Message
from portal.ports.certificate_authority import CertificateOrder

_PARTS = 5


@dataclass(frozen=True, slots=True)
class Transaction:
    """``key`` is the hash of the key it is for; ``nonce`` and ``number`` are the server's last words about it."""

    name: bytes
    key: str
    template: str
    nonce: bytes = b""
    number: int = -1

    @classmethod
    def of(cls, order: CertificateOrder) -> "Transaction":
        """The same for the same order, whenever it is asked about; raises Stopped."""
        key = wanted_key(order.request)
        name = sha256(f"{order.order_id}\0{order.template}\0{key}".encode()).digest()[:16]
        return cls(name, key, order.template)

    @classmethod
    def named(cls, ticket: str) -> "Transaction":
        """Raises Stopped on what is no ticket of ours."""
        parts = ticket.split(".", _PARTS - 1)
        try:
            name, key, nonce, number, template = parts
            return cls(bytes.fromhex(name), key, template, bytes.fromhex(nonce), int(number))
        except ValueError as error:
            raise refused("unknown_ticket", ticket[:40]) from error

    @property
    def ticket(self) -> str:
        """What it is found again by."""
        return ".".join((self.name.hex(), self.key, self.nonce.hex(), str(self.number), self.template))

    def after(self, answer: Message, number: int) -> "Transaction":
        """The same once the server answered."""
        return replace(self, nonce=answer.head.nonce, number=number)
