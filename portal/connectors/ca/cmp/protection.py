"""What proves where a message comes from: a secret both know, or a signature."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import new as hashing
from secrets import token_bytes
from typing import Any, Final, Protocol

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.cmp.asn1 import PbmParameter
from portal.connectors.ca.crmf import Algorithm
from portal.connectors.ca.signatures import identifier, verify
from portal.connectors.unreadable import UNREADABLE

PASSWORD_BASED: Final = "1.2.840.113533.7.66.13"
_OWFS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_MACS: Final = {
    "1.3.6.1.5.5.8.1.2": "sha1",
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_OURS: Final = ("2.16.840.1.101.3.4.2.1", "1.2.840.113549.2.9")
_ROUNDS: Final = 1000
#: More are work for us, not for whoever guesses: the secrets we give are long.
_MOST_ROUNDS: Final = 20_000
_LONGEST_SALT: Final = 256


class NotProven(Exception):  # noqa: N818 - it says what happened
    """The protection is missing, wrong, or of a kind we do not take."""


class Protection(Protocol):
    """How we protect what we say."""

    @property
    def kid(self) -> bytes:
        """What tells the other side which key to look for."""
        ...

    @property
    def sender(self) -> bytes:
        """Who speaks: a name in DER."""
        ...

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """What the other side needs to believe it."""
        ...

    def begin(self) -> tuple[Algorithm, Callable[[bytes], bytes]]:
        """The algorithm for the header, and what makes the protection of header and body."""
        ...


@dataclass(frozen=True, slots=True)
class Shared:
    """A secret both sides know, and the name both know it by."""

    reference: bytes
    secret: bytes = field(repr=False)
    sender: bytes = b"0\0"
    certificates: tuple[bytes, ...] = ()

    @property
    def kid(self) -> bytes:
        return self.reference

    def begin(self) -> tuple[Algorithm, Callable[[bytes], bytes]]:
        owf, mac = ({"algorithm": one} for one in _OURS)
        said = PbmParameter({"salt": token_bytes(16), "owf": owf, "iterations": _ROUNDS, "mac": mac})
        algorithm = Algorithm({"algorithm": PASSWORD_BASED, "parameters": core.Any(said)})
        return algorithm, lambda data: _mac(self.secret, said, data)

    def proves(self, algorithm: Any, data: bytes, given: bytes) -> None:
        """Raises NotProven unless whoever made this knows the secret."""
        try:
            said = PbmParameter.load(algorithm["parameters"].dump(), strict=True)
            right = hmac.compare_digest(_mac(self.secret, said, data), given)
        except (ValueError, TypeError, KeyError) as error:
            raise NotProven("unreadable") from error
        if not right:
            raise NotProven("secret")


@dataclass(frozen=True, slots=True)
class Signing:
    """A certificate and what signs with its key; ``chain`` goes with it."""

    certificate: x509.Certificate
    sign: Callable[[bytes], bytes] = field(repr=False)
    digest: Any
    chain: tuple[bytes, ...] = ()

    @property
    def kid(self) -> bytes:
        try:
            return self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            return b""

    @property
    def sender(self) -> bytes:
        return self.certificate.subject.public_bytes()

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return (self.certificate.public_bytes(Encoding.DER), *self.chain)

    def begin(self) -> tuple[Algorithm, Callable[[bytes], bytes]]:
        return Algorithm({"algorithm": identifier(self.certificate.public_key(), self.digest)}), self.sign


def signed_by(certificate: bytes, algorithm: Any, data: bytes, given: bytes) -> None:
    """Raises NotProven unless the key of this certificate signed it."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        verify(key, algorithm["algorithm"].dotted, given, data)
    except (InvalidSignature, *UNREADABLE) as error:
        raise NotProven("signature") from error


def _mac(secret: bytes, said: PbmParameter, data: bytes) -> bytes:
    owf, mac = _OWFS.get(said["owf"]["algorithm"].dotted), _MACS.get(said["mac"]["algorithm"].dotted)
    rounds, salt = said["iterations"].native, said["salt"].native
    if not owf or not mac or not 1 <= rounds <= _MOST_ROUNDS or len(salt) > _LONGEST_SALT:
        raise NotProven("algorithm")
    key = secret + salt
    for _round in range(rounds):
        key = hashing(owf, key, usedforsecurity=False).digest()
    return hmac.new(key, data, mac).digest()
