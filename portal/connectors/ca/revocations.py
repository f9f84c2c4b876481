"""What an authority's list of revoked certificates says, when it is one of those we trust that signed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from portal.connectors.ca.believing import NotBelieved
from portal.connectors.ca.issuing import signed_by_gost
from portal.connectors.gost.signature import SIGNATURES
from portal.domain.certificate import Revocation

#: A list of two hundred thousand certificates.
LARGEST: Final = 8 << 20
_HOLD: Final = x509.ReasonFlags.certificate_hold


@dataclass(frozen=True, slots=True)
class Standing:
    """How a certificate stands; ``since`` when it was revoked."""

    state: Revocation
    since: datetime | None = None


def read_list(data: bytes, anchors: Iterable[x509.Certificate]) -> x509.CertificateRevocationList:
    """A list by one of these; raises NotBelieved."""
    try:
        pem = data.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        signed = any(_signed(found, one) for one in anchors)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise NotBelieved("unreadable") from error
    if not signed:
        raise NotBelieved("chain")
    return found


def standing(found: x509.CertificateRevocationList, serial: str, now: datetime) -> Standing:
    """Of the certificate of this number; a list that is out of date tells revocations only."""
    entry = found.get_revoked_certificate_by_serial_number(int(serial, 16))
    if entry is None:
        late = found.next_update_utc is not None and found.next_update_utc < now
        return Standing(Revocation.UNKNOWN if late else Revocation.GOOD)
    try:
        held = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is _HOLD
    except x509.ExtensionNotFound:
        held = False
    return Standing(Revocation.ON_HOLD if held else Revocation.REVOKED, entry.revocation_date_utc)


def _signed(found: x509.CertificateRevocationList, by: x509.Certificate) -> bool:
    if found.issuer != by.subject:
        return False
    if found.signature_algorithm_oid.dotted_string in SIGNATURES:
        return signed_by_gost(by, found.signature_algorithm_oid, found.signature, found.tbs_certlist_bytes)
    key = by.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey):
        return False
    return found.is_signature_valid(key)
