"""Step lists as they come: read only when the portal signed them."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.domain.plain_json import CodecError
from portal.ports.agent_orders import LIST_PREFIX, SignedList, StepList
from portal.ports.agent_protocol import load


class UnsignedError(Exception):
    """Not the portal's list, whoever sent it; or one this program is too old to read."""


def opened(signed: SignedList, order_key: bytes) -> StepList:
    """What the portal signed, and nothing else; raises UnsignedError."""
    try:
        Ed25519PublicKey.from_public_bytes(order_key).verify(signed.signature, LIST_PREFIX + signed.body.encode())
        return load(StepList, signed.body)
    except (InvalidSignature, CodecError, ValueError) as problem:
        raise UnsignedError(type(problem).__name__) from None
