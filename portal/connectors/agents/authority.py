"""The agent authority: a small one of its own, so that no certificate of a person opens the door of workstations."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.connectors.agents.issuing import Issuer, key_bytes, load_certificate, self_signed
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe, SafeUnreadable
from portal.connectors.unreadable import UNREADABLE
from portal.domain.agent_codes import fingerprint_of
from portal.ports.agent_protocol import Trust
from portal.ports.agent_trust import AgentCertificate
from portal.ports.clock import Clock

CERTIFICATE: Final = "authority.pem"
KEY: Final = "authority.key"
LIFE: Final = timedelta(days=90)
LONGEST_REQUEST: Final = 8 * 1024
#: So many certificates are remembered as ours: what one says never changes, and proving it costs most of a request.
REMEMBERED: Final = 20_000
_CURVES: Final = (ec.SECP256R1, ec.SECP384R1)


@dataclass(frozen=True)
class SealedAgentAuthority:
    """The authority whose key lies sealed in a folder; made when first asked for. ``portal`` names us to people."""

    safe: Safe
    orders: OrderKey
    clock: Clock
    portal: str
    _proved: dict[bytes, AgentCertificate] = field(default_factory=dict, repr=False, compare=False)

    def trust(self) -> Trust:
        authority = self.certificate.public_bytes(Encoding.PEM).decode()
        return Trust(authority, self.orders.public_bytes(), self.portal)

    def fingerprint(self) -> str:
        return fingerprint_of(self.certificate.public_bytes(Encoding.DER))

    def issue(self, request: str, uid: str) -> AgentCertificate:
        asked = _read_request(request)
        made = self.issuer.certify(asked.public_key(), uid, LIFE, usage=ExtendedKeyUsageOID.CLIENT_AUTH)  # type: ignore[arg-type]  # its kind was checked
        return _described(made)

    def identify(self, certificate: str) -> AgentCertificate:
        name = sha256(certificate.encode()).digest()
        known = self._proved.get(name)
        if known is None:
            known = replace(self._read(certificate), pem="")
            if len(self._proved) >= REMEMBERED:
                self._proved.clear()
            self._proved[name] = known
        return replace(known, pem=certificate)

    def _read(self, certificate: str) -> AgentCertificate:
        """What it says, once it is proved to be ours; raises ValueError."""
        found = load_certificate(certificate)
        try:
            found.verify_directly_issued_by(self.certificate)
            usage = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (InvalidSignature, x509.ExtensionNotFound, *UNREADABLE) as error:
            raise ValueError("not issued by the agent authority") from error
        if ExtendedKeyUsageOID.CLIENT_AUTH not in usage:
            raise ValueError("not a workstation's")
        return _described(found)

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The authority's own."""
        stored = self.safe.get(CERTIFICATE)
        if stored is None:
            with self.safe.alone():
                stored = self.safe.get(CERTIFICATE) or self._begin()
        return x509.load_pem_x509_certificate(stored)

    @cached_property
    def issuer(self) -> Issuer:
        """What signs; opens the key."""
        certificate = self.certificate
        key = load_der_private_key(self.safe.opened(KEY), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise SafeUnreadable(f"{self.safe.folder / KEY}: not the key of {CERTIFICATE}")
        return Issuer(certificate, key, self.clock)

    def _begin(self) -> bytes:
        # the key first: an authority whose certificate is stored can always sign
        key = load_der_private_key(self.safe.secret(KEY, _new_key), None)
        made = self_signed(key, f"Agents of {self.portal}"[:64], self.clock.now())  # type: ignore[arg-type]  # made here
        stored = made.public_bytes(Encoding.PEM)
        self.safe.put(CERTIFICATE, stored)
        return stored


def _new_key() -> bytes:
    return key_bytes(ec.generate_private_key(ec.SECP256R1()))


def _read_request(text: str) -> x509.CertificateSigningRequest:
    if len(text) > LONGEST_REQUEST:
        raise ValueError("too long for a request")
    try:
        request = x509.load_pem_x509_csr(text.encode())
        key, signed = request.public_key(), request.is_signature_valid
    except UNREADABLE as error:
        raise ValueError("not a request") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        raise ValueError("a key on the curve P-256 or P-384 is needed")  # noqa: TRY004  a value, not a type of ours
    if not signed:
        raise ValueError("not signed by its own key")
    return request


def _described(certificate: x509.Certificate) -> AgentCertificate:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1:
        raise ValueError("names nobody")
    return AgentCertificate(
        pem=certificate.public_bytes(Encoding.PEM).decode(),
        uid=str(names[0].value),
        serial=format(certificate.serial_number, "x"),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
