"""Signing by GOST R 34.10-2012 and checking such signatures; keys and cryptography live in another process."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Protocol


@unique
class Strength(StrEnum):
    """The two sizes of GOST R 34.10-2012 with the Streebog digest of the same size."""

    GOST_256 = "gost2012-256"
    GOST_512 = "gost2012-512"


@unique
class Trust(StrEnum):
    """Whether a certificate leads to one we were told to trust."""

    TRUSTED = "trusted"
    EXPIRED = "expired"  # or not valid yet
    UNKNOWN = "unknown"  # leads to nobody we trust
    UNREADABLE = "unreadable"
    NOT_ASKED = "not_asked"  # nobody is configured to be trusted, and so nobody is


@dataclass(frozen=True, slots=True)
class SignerHealth:
    """Whether signing works now, and how long the certificate will."""

    ready: bool
    trouble: str = ""
    subject: str = ""
    not_after: datetime | None = None


class Digester(Protocol):
    """Streebog digests."""

    def digest(self, data: bytes, strength: Strength) -> bytes:
        """The digest in the order of octets in which it is written into a signature; raises OutsideUnavailable."""
        ...


class Signer(Digester, Protocol):
    """Holds one key and its certificate; signs nothing but the signed part of an XML signature."""

    @property
    def strength(self) -> Strength:
        """The size of the key."""
        ...

    def certificate(self) -> bytes:
        """The certificate in DER; raises OutsideUnavailable."""
        ...

    def sign(self, signed_info: bytes) -> bytes:
        """The signature value over this canonical SignedInfo; raises OutsideUnavailable."""
        ...

    def health(self) -> SignerHealth:
        """Sign something harmless and say how it went; never raises."""
        ...


class Verifier(Digester, Protocol):
    """Checks what others signed."""

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, strength: Strength) -> bool:
        """Whether the key of this certificate (DER) made this signature over the data; raises OutsideUnavailable."""
        ...

    def trust(self, certificate: bytes, at: datetime) -> Trust:
        """Whether the certificate led, at that moment, to one we trust; raises OutsideUnavailable."""
        ...
