"""The demonstration's certification authority, also as it was at any time before."""

from datetime import datetime, timedelta
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from portal.bootstrap import BUILTIN_CA as CA
from portal.bootstrap import build
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import create_authority, open_authority
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.connectors.clock import ShiftedClock, SystemClock
from portal.domain.outcomes import Done, Outcome
from portal.ports.certificate_authority import CertificateOrder
from portal.ports.vault import KeyMaterial
from portal.settings import Settings

_AGE: Final = timedelta(days=900)
_SUBJECT: Final = (("C", "RU"), ("O", "АО «Ключ»"), ("CN", "Ключ УЦ"))

Reply = TypeVar("Reply")


class SeedError(Exception):
    """A part of the demonstration could not be made."""


def set_up_authority(settings: Settings) -> None:
    """Make the authority as if it had been there for years; one that is there stays."""
    create_authority(build(settings, ShiftedClock(-_AGE)).ca_place, CA, subject=_SUBJECT)


class PastAuthority:
    """The authority as it was at any time before; its key is opened once."""

    def __init__(self, settings: Settings) -> None:
        self._calendar = _Calendar()
        found = open_authority(build(settings, self._calendar).ca_place, CA)
        if found is None:
            raise SeedError("the certification authority was not set up")
        self._authority = found

    def at(self, shift: timedelta) -> BuiltinAuthority:
        """The authority that much later than now; a negative time is the past."""
        self._calendar.shift = shift
        return self._authority


class _Calendar:
    """A clock that is turned back and forth."""

    shift = timedelta()

    def now(self) -> datetime:
        return SystemClock().now() + self.shift


def shift_for(template: str, ends: datetime) -> timedelta:
    """How far back a certificate of this template was issued so that it ends then."""
    return ends - TEMPLATES[template].validity - SystemClock().now()


def done(outcome: Outcome[Reply]) -> Reply:
    """What came of it; anything else than success ends the seeding."""
    if isinstance(outcome, Done):
        return outcome.reply
    raise SeedError(repr(outcome))


def common_material(settings: Settings, name: str, version: int) -> KeyMaterial:
    """A certificate for a key that everybody shares, from the demonstration's authority."""
    key = rsa.generate_private_key(65537, 2048)
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    )
    request = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    subject = (("C", "RU"), ("O", "АО «Ключ»"), ("CN", name))
    order = CertificateOrder(f"common-{version}-{name}", "vpn", request, subject)
    issued = done(PastAuthority(settings).at(timedelta(days=-30)).request(order))
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyMaterial(issued.certificate, private)
