"""An answer from outside is believed when it is for our key and leads to the certificates that were set up."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.issuing import demand_issued_by
from portal.connectors.unreadable import UNREADABLE
from portal.connectors.x509 import X509Reader
from portal.ports.certificate_authority import IssuedCertificate

_LONGEST_CHAIN: Final = 8
_READER: Final = X509Reader()


class NotBelieved(Exception):  # noqa: N818 - it says what happened
    """``detail`` is a code: unreadable, key or chain."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def key_hash(request: bytes) -> str:
    """The hash of the public key a request is for; raises ValueError."""
    return _READER.request_key_hash(request)


def key_hash_of(certificate: bytes) -> str:
    """The hash of the public key a certificate is for; raises ValueError."""
    return _READER.certificate(certificate).public_key_hash


def in_pem(request: bytes) -> str:
    """A request as text; raises ValueError on what is none."""
    return x509.load_der_x509_csr(request).public_bytes(Encoding.PEM).decode()


def trusted(pem: str) -> tuple[x509.Certificate, ...]:
    """The configured certificates; raises ValueError."""
    return tuple(x509.load_pem_x509_certificates(pem.encode()))


def believed(
    wanted: str, certificates: Iterable[bytes], anchors: Iterable[x509.Certificate], now: datetime
) -> IssuedCertificate:
    """The certificate for the key of this hash among those sent, and its chain to trust; raises NotBelieved."""
    sent = tuple(dict.fromkeys(certificates))
    try:
        ours = next((one for one in sent if key_hash_of(one) == wanted), None)
        if ours is None:
            raise NotBelieved("key" if sent else "unreadable")
        others = [x509.load_der_x509_certificate(one) for one in sent if one != ours]
        return IssuedCertificate(ours, tuple(map(_der, _path(ours, others, tuple(anchors), now))))
    except UNREADABLE as error:
        raise NotBelieved("unreadable") from error


def _path(
    ours: bytes, others: list[x509.Certificate], anchors: tuple[x509.Certificate, ...], now: datetime
) -> list[x509.Certificate]:
    last, path = x509.load_der_x509_certificate(ours), list[x509.Certificate]()
    for _step in range(_LONGEST_CHAIN):
        if anchor := _issuer(last, anchors, now):
            return [*path, anchor]
        above = _issuer(last, [one for one in others if one not in path], now)
        if above is None:
            break
        path.append(above)
        last = above
    raise NotBelieved("chain")


def _issuer(below: x509.Certificate, candidates: Iterable[x509.Certificate], now: datetime) -> x509.Certificate | None:
    return next((one for one in candidates if _vouches(one, below, now)), None)


def _vouches(above: x509.Certificate, below: x509.Certificate, now: datetime) -> bool:
    try:
        demand_issued_by(above, below)
        authority = above.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (*UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
        return False
    return authority and above.not_valid_before_utc <= now < above.not_valid_after_utc


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
