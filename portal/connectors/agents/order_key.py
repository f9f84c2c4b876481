"""The key that signs step lists: what a workstation does to a token, this portal said."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from portal.connectors.agents.safe import Safe
from portal.ports.agent_orders import LIST_PREFIX

KEY: Final = "order.key"


@dataclass(frozen=True)
class OrderKey:
    """An Ed25519 key in the safe; made when first asked for."""

    safe: Safe

    def sign(self, body: bytes) -> bytes:
        return self._key.sign(LIST_PREFIX + body)

    def public_bytes(self) -> bytes:
        """The public half, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        with self.safe.alone():
            return Ed25519PrivateKey.from_private_bytes(self.safe.secret(KEY, _new_key))


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes_raw()
