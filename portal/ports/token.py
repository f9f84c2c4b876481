"""One token, wherever it is plugged in: orders, replies, and the gateway that carries them out."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents, TokenSighting
from portal.domain.outcomes import Effect, Outcome


class Pin:
    """A PIN in memory: never shown by repr, str, format or pickle; wiped as far as Python allows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = bytearray(value.encode())

    def reveal(self) -> str:
        """The PIN itself; called only where a token is opened or the PIN is sealed."""
        return self._value.decode()

    def wipe(self) -> None:
        """Overwrite the bytes held here."""
        self._value[:] = bytes(len(self._value))

    def __repr__(self) -> str:
        return "Pin(…)"

    def __reduce__(self) -> str:
        message = "a PIN is never serialized"
        raise TypeError(message)


@dataclass(frozen=True, slots=True)
class ReadContents:
    """Read everything on the token, private keys included."""


@dataclass(frozen=True, slots=True)
class GenerateKeyPair:
    """Make a key pair on the token: token, private, sensitive, not extractable. ``key_id`` is CKA_ID in lower hex."""

    key_id: str
    label: str
    algorithm: KeyAlgorithm


@dataclass(frozen=True, slots=True)
class SignRequest:
    """Make a PKCS#10 request signed by the private key on the token (RFC 2986)."""

    key_id: str
    subject: tuple[tuple[str, str], ...]
    alternative: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WriteCertificate:
    """Write a certificate (DER) beside its key."""

    key_id: str
    label: str
    certificate: bytes


@dataclass(frozen=True, slots=True)
class ImportKeyPair:
    """Write a private key (PKCS#8 DER) and its certificate: a common certificate."""

    key_id: str
    label: str
    certificate: bytes
    private_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProveCertificate:
    """Read the certificate back, sign random bytes with the key and verify with the certificate's public key."""

    key_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RemoveCertificate:
    """Delete the certificate object with this CKA_ID and fingerprint, and nothing else."""

    key_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class RemoveKeyPair:
    """Delete private and public key objects with this CKA_ID, and nothing else."""

    key_id: str


@dataclass(frozen=True, slots=True)
class ChangePin:
    """Set a new user PIN; the old one is the PIN the gateway was opened with."""

    new_pin: Pin


@dataclass(frozen=True, slots=True)
class ResetPin:
    """Set the user PIN to the PIN the gateway was opened with, by the administrator PIN; a locked PIN is free again."""

    so_pin: Pin


@dataclass(frozen=True, slots=True)
class InitToken:
    """Wipe the token, then set its label, its administrator PIN, and the PIN the gateway was opened with.

    Only a token whose contents have this hash, or none at all, is wiped. ``new_so_pin`` is in force afterwards;
    ``doubtful`` when it may be already, since a try whose answer was lost: then it is tried after ``so_pin``.
    """

    label: str
    content_hash: str
    so_pin: Pin
    new_so_pin: Pin
    doubtful: bool = False


#: Orders about what lies on the token.
ObjectOrder = (
    ReadContents
    | GenerateKeyPair
    | SignRequest
    | WriteCertificate
    | ImportKeyPair
    | ProveCertificate
    | RemoveCertificate
    | RemoveKeyPair
)
TokenOrder = ObjectOrder | ChangePin | ResetPin | InitToken


@dataclass(frozen=True, slots=True)
class TokenReply:
    """What a token order brought back; only what the order is about is filled.

    ``contents`` for ReadContents; ``public_key`` (SubjectPublicKeyInfo DER) for GenerateKeyPair;
    ``request`` (PKCS#10 DER) for SignRequest; ``fingerprint`` for the certificate orders.
    """

    contents: TokenContents | None = None
    public_key: bytes = b""
    request: bytes = b""
    fingerprint: str = ""


class PinSource(Protocol):
    """Where a gateway gets the PIN when it first needs it, and reports that it was refused."""

    def pin(self) -> Pin | None:
        """The PIN, or None when nobody has entered one that is still alive."""
        ...

    def accepted(self) -> None:
        """The token accepted the PIN it was given last: it may be asked for again in this run."""
        ...

    def refused(self) -> None:
        """The token refused the PIN: forget it and never try the same one again on this token."""
        ...


@runtime_checkable
class LastTryAllowed(PinSource, Protocol):
    """A source whose person was told that this is the last try, and wants it."""

    def spends_last_try(self) -> bool:
        """Whether the last try may be spent on this PIN."""
        ...


class TokenGateway(Protocol):
    """One token. Signs in once, when the first order needs it; never tries a PIN twice."""

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        """Do it. A trouble in mid-call answers Refused(permanent=False): the effect is then in doubt."""
        ...

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        """What became of an order that answered Waiting (agents only)."""
        ...

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        """Whether the order took effect, by looking at the token (RFC-free: CKA_ID and fingerprints decide)."""
        ...


class TokenDesk(Protocol):
    """Hands out gateways to tokens by serial number."""

    def gateway(self, serial: str, pins: PinSource) -> AbstractContextManager[TokenGateway]:
        """A gateway to the token with this serial, wherever it is; closed (signed out) at the end."""
        ...


class TokenWatch(Protocol):
    """Which tokens are plugged in right now, seen without anybody's PIN."""

    def seen(self, serial: str) -> TokenSighting | None:
        """The token with this serial if it was seen within the last seconds."""
        ...

    def all_seen(self) -> tuple[TokenSighting, ...]:
        """Every token seen within the last seconds."""
        ...
