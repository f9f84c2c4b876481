"""Whether one certificate was issued by another: GOST is checked here, every other algorithm by the library."""

from hashlib import sha256
from typing import Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.gost.signature import SIGNATURES, verify

#: Signatures that were found right; a long list of revoked certificates takes seconds, and is asked about often.
_MOST: Final = 256
_RIGHT: Final[dict[bytes, None]] = {}


def demand_issued_by(above: x509.Certificate, below: x509.Certificate) -> None:
    """Raises InvalidSignature and what unreadable certificates raise unless ``above`` issued ``below``."""
    if below.signature_algorithm_oid.dotted_string not in SIGNATURES:
        below.verify_directly_issued_by(above)
        return
    body, own = _asn1(below)["tbs_certificate"], _asn1(above)["tbs_certificate"]
    named = body["issuer"].dump() == own["subject"].dump()
    one_algorithm = body["signature"].dump() == _asn1(below)["signature_algorithm"].dump()
    signed = (below.signature_algorithm_oid, below.signature, below.tbs_certificate_bytes)
    if not (named and one_algorithm and signed_by_gost(above, *signed)):
        raise InvalidSignature


def signed_by_gost(by: x509.Certificate, algorithm: x509.ObjectIdentifier, signature: bytes, data: bytes) -> bool:
    """Whether the key of this certificate made this signature; False for a key of another kind."""
    key_info = _asn1(by)["tbs_certificate"]["subject_public_key_info"].dump()
    about = sha256(b"".join(map(_digest, (key_info, algorithm.dotted_string.encode(), signature, data)))).digest()
    if about in _RIGHT:
        return True
    try:
        verify(key_info, algorithm.dotted_string, signature, data)
    except (InvalidSignature, ValueError):
        return False
    if len(_RIGHT) >= _MOST:
        _RIGHT.clear()
    _RIGHT[about] = None
    return True


def _digest(data: bytes) -> bytes:
    return sha256(data).digest()


def _asn1(certificate: x509.Certificate) -> asn1.Certificate:
    return asn1.Certificate.load(certificate.public_bytes(Encoding.DER))
