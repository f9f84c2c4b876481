"""What is on a token, as it was read; and the hash that binds a plan to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from hashlib import sha256


@unique
class PinTries(StrEnum):
    """How many tries a token still allows; PKCS#11 tells no number (CKF_USER_PIN_*)."""

    PLENTY = "plenty"
    LOW = "low"
    LAST = "last"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class TokenCertificate:
    """One certificate object read from a token.

    ``fingerprint`` is the SHA-256 of its DER, ``key_id`` its CKA_ID, ``serial`` its X.509 serial; all lower hex.
    ``has_key`` tells whether a private key (seen after sign-in) or at least its public key
    (seen without) shares the CKA_ID.
    """

    fingerprint: str
    key_id: str
    label: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    has_key: bool


@dataclass(frozen=True, slots=True)
class TokenKey:
    """One key pair, or half of one, on a token; ``private`` is None when nobody was signed in."""

    key_id: str
    label: str
    algorithm: str
    public: bool
    private: bool | None


@dataclass(frozen=True, slots=True)
class TokenContents:
    """Everything on one token; ``complete`` when read after sign-in, so that private keys were visible."""

    serial: str
    certificates: tuple[TokenCertificate, ...]
    keys: tuple[TokenKey, ...] = ()
    complete: bool = False

    def content_hash(self) -> str:
        """A hash of the certificates and their places: equal with and without sign-in."""
        return hash_of_places(self.serial, ((c.key_id, c.fingerprint) for c in self.certificates))

    def has(self, fingerprint: str) -> bool:
        """Whether a certificate with this fingerprint is there."""
        return any(c.fingerprint == fingerprint for c in self.certificates)


def hash_of_places(serial: str, places: Iterable[tuple[str, str]]) -> str:
    """The content hash of a token that carries certificates at these places: pairs of CKA_ID and fingerprint."""
    lines = sorted(f"{key_id}:{fingerprint}" for key_id, fingerprint in places)
    return sha256("\n".join([serial, *lines]).encode()).hexdigest()


def best_known(seen: TokenContents, before: TokenContents | None) -> TokenContents:
    """What to go by: what is seen now, unless the same was read before by somebody who signed in and saw more."""
    same = before is not None and before.content_hash() == seen.content_hash()
    return before if before and same and before.complete and not seen.complete else seen


@dataclass(frozen=True, slots=True)
class TokenSighting:
    """A token seen in a slot without anybody's PIN.

    ``free_memory`` is in bytes, None when the token does not tell. ``read_at`` is when reading the contents began:
    they may be older than the sighting.
    """

    serial: str
    label: str
    model: str
    manufacturer: str
    tries: PinTries
    contents: TokenContents | None
    free_memory: int | None = None
    where: str = ""
    trouble: str = ""
    read_at: datetime | None = field(default=None, compare=False)
