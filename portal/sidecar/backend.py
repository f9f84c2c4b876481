"""What a cryptographic provider must do for the signing process."""

from pathlib import Path
from typing import Protocol


class BackendError(Exception):
    """The provider cannot do it; the argument says why, without secrets."""


class UnreadableCertificateError(BackendError):
    """What should be a certificate with a key is none; whoever sent it did, asking again does not help."""


class Backend(Protocol):
    """GOST by whatever provides it. ``bits`` is 256 or 512; certificates are DER."""

    def digest(self, data: bytes, bits: int) -> bytes:
        """Streebog."""
        ...

    def sign(self, data: bytes, bits: int) -> bytes:
        """By the key this process was started with."""
        ...

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, bits: int) -> bool:
        """By the public key of the certificate; what is no certificate made no signature."""
        ...

    def trusted(self, certificate: bytes, *, trust: Path, at: int) -> str:
        """``trusted``, ``expired``, ``unknown`` or ``unreadable``, at this second since 1970."""
        ...

    def key_bits(self) -> int:
        """The size of the key."""
        ...

    def matches(self, certificate: bytes) -> bool:
        """Whether the certificate is for the key."""
        ...
