"""One-time codes: a secret that lets one workstation in, and the fingerprint by which it knows the portal."""

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

#: Crockford's base32: no I, L, O and U, so that nothing is misread aloud or misheard.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_LENGTH: Final = 20
FINGERPRINT_LENGTH: Final = 16
GROUP: Final = 4

_BITS: Final = 5
_MISREAD: Final = str.maketrans("ILO", "110")


class BadCode(ValueError):  # noqa: N818  it says what it is
    """What was typed is no code."""


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """``secret`` proves the right to be let in, once; ``fingerprint`` is the agent authority's."""

    secret: str = field(repr=False)
    fingerprint: str

    @property
    def text(self) -> str:
        """As people copy it."""
        return grouped(self.secret + self.fingerprint)

    @property
    def digest(self) -> str:
        """What may be stored of it: a secret of 100 bits cannot be found from its SHA-256."""
        return sha256(self.secret.encode()).hexdigest()


def new_code(fingerprint: str) -> OneTimeCode:
    """A code nobody has had before, for the authority with this fingerprint."""
    return OneTimeCode("".join(secrets.choice(ALPHABET) for _ in range(SECRET_LENGTH)), fingerprint)


def read_code(text: str) -> OneTimeCode:
    """The code somebody typed, however it was spaced; raises BadCode."""
    letters = tidy(text)
    if len(letters) != SECRET_LENGTH + FINGERPRINT_LENGTH:
        raise BadCode("length")
    return OneTimeCode(letters[:SECRET_LENGTH], letters[SECRET_LENGTH:])


def fingerprint_of(certificate: bytes) -> str:
    """The first 80 bits of the SHA-256 of an agent authority's certificate (DER), as people compare them."""
    bits = FINGERPRINT_LENGTH * _BITS
    number = int.from_bytes(sha256(certificate).digest()) >> (256 - bits)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(bits - _BITS, -1, -_BITS))


def read_fingerprint(text: str) -> str:
    """The fingerprint somebody typed, however it was spaced; raises BadCode."""
    letters = tidy(text)
    if len(letters) != FINGERPRINT_LENGTH:
        raise BadCode("length")
    return letters


def grouped(letters: str) -> str:
    """In groups of four, as it is shown."""
    return "-".join(letters[start : start + GROUP] for start in range(0, len(letters), GROUP))


def tidy(text: str) -> str:
    """Without dashes and spaces, in capitals, letters that are taken for digits as digits; raises BadCode."""
    letters = "".join(text.replace("-", " ").split()).upper().translate(_MISREAD)
    if not set(letters) <= set(ALPHABET):
        raise BadCode("letters")
    return letters
