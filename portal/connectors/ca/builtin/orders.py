"""What an order must be before anything is decided about it. Not checked: that the key was never certified before."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.connectors.ca import crmf
from portal.connectors.ca.builtin.names import alternative_names, subject_name
from portal.connectors.ca.builtin.profile import Subject
from portal.connectors.ca.builtin.signing import CaPublicKey
from portal.connectors.ca.builtin.templates import CaTemplate
from portal.connectors.unreadable import UNREADABLE
from portal.ports.certificate_authority import CertificateOrder

_RSA_BITS: Final = range(2048, 4097)
_CURVES: Final = ("secp256r1", "secp384r1")


class BadOrder(Exception):  # noqa: N818 - it says what happened
    """The order can never be fulfilled; ``detail`` is a code, ``about`` what it is about."""

    def __init__(self, detail: str, about: str = "") -> None:
        super().__init__(f"{detail}: {about}")
        self.detail = detail
        self.about = about


@dataclass(frozen=True, slots=True)
class AcceptedOrder:
    """An order that can be fulfilled. ``digest`` is what makes two orders the same."""

    order_id: str
    template: CaTemplate
    subject: Subject
    digest: str


def accept(order: CertificateOrder, template: CaTemplate | None) -> AcceptedOrder:
    """Check template, key, proof of possession and names; raises BadOrder."""
    if template is None:
        raise BadOrder("unknown_template", order.template)
    missing = template.needs - {field for field, value in order.alternative if value}
    if missing:
        raise BadOrder("alternative_missing", ", ".join(sorted(missing)))
    key = _proven_key(order.request)
    try:
        name, alternative = subject_name(order.subject), alternative_names(order.alternative)
    except ValueError as error:
        raise BadOrder("bad_name", str(error)) from error
    if not order.subject and not alternative:
        raise BadOrder("bad_name", "nobody")
    return AcceptedOrder(order.order_id, template, Subject(key, name, tuple(alternative)), _digest(order, key))


def _proven_key(request: bytes) -> CaPublicKey:
    try:
        key, proven = _of_pkcs10(request) or crmf.proven(request)
    except (*UNREADABLE, InvalidSignature) as error:
        raise BadOrder("bad_request", str(error)) from error
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) or not _strong(key):
        raise BadOrder("bad_key", type(key).__name__)
    if not proven:
        raise BadOrder("no_proof_of_possession")
    return key


def _of_pkcs10(request: bytes) -> tuple[object, bool] | None:
    """The key and whether it signed; None when it is no request of this format."""
    try:
        csr = x509.load_der_x509_csr(request)
    except ValueError:
        return None
    return csr.public_key(), csr.is_signature_valid


def _strong(key: CaPublicKey) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size in _RSA_BITS and key.public_numbers().e > 2**16
    return key.curve.name in _CURVES


def _digest(order: CertificateOrder, key: CaPublicKey) -> str:
    # not the request itself: made again for the same key it carries another signature
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    said = [order.template, spki.hex(), list(order.subject), list(order.alternative)]
    return sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()
