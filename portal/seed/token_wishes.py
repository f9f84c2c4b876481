"""What real tokens of the demonstration shall carry and what came of it: plain values for a child process."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.contents import TokenContents
from portal.domain.people import Person
from portal.domain.policy import CertificateTemplate
from portal.ports.vault import KeyMaterial


@dataclass(frozen=True, slots=True)
class CertificateWish:
    """A certificate of a template that ends at a chosen time, as the person was when it was issued.

    ``revoked``: revoked at its authority since. ``taken_off``: somebody deleted it from the token.
    """

    template: CertificateTemplate
    person: Person
    ends: datetime
    revoked: bool = False
    taken_off: bool = False


@dataclass(frozen=True, slots=True)
class CommonWish:
    """A version of a common certificate."""

    name: str
    version: int
    material: KeyMaterial


@dataclass(frozen=True, slots=True)
class ForeignWish:
    """A certificate with its key that came from an authority outside."""

    person: Person
    ends: datetime


@dataclass(frozen=True, slots=True)
class TokenWish:
    """Everything one token shall carry."""

    serial: str
    pin: str
    certificates: tuple[CertificateWish, ...] = ()
    commons: tuple[CommonWish, ...] = ()
    foreign: tuple[ForeignWish, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeCertificate:
    """A certificate as it was issued for a wish."""

    wish: CertificateWish
    key_id: str
    der: bytes


@dataclass(frozen=True, slots=True)
class MadeCommon:
    """A common certificate as it was written."""

    wish: CommonWish
    key_id: str


@dataclass(frozen=True, slots=True)
class MadeToken:
    """One token as it is now."""

    serial: str
    certificates: tuple[MadeCertificate, ...]
    commons: tuple[MadeCommon, ...]
    contents: TokenContents
    model: str
    manufacturer: str
    label: str
    where: str
    free_memory: int | None
