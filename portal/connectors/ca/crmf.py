"""Requests for certificates in the format of RFC 4211: what CMP carries besides PKCS#10."""

from typing import Any, Final

from asn1crypto import core, keys, x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from portal.connectors.ca.signatures import verify

OLD_CERTIFICATE: Final = "1.3.6.1.5.5.7.5.1.5"


class Algorithm(core.Sequence):  # type: ignore[misc]
    """An algorithm with whatever it is told."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]  # noqa: RUF012


class Validity(core.Sequence):  # type: ignore[misc]
    """A wish for a time, which is not granted: the template decides."""

    _fields = [  # noqa: RUF012
        ("not_before", x509.Time, {"explicit": 0, "optional": True}),
        ("not_after", x509.Time, {"explicit": 1, "optional": True}),
    ]


class CertTemplate(core.Sequence):  # type: ignore[misc]
    """What is wished, or of which certificate something is said."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer, {"implicit": 0, "optional": True}),
        ("serial_number", core.Integer, {"implicit": 1, "optional": True}),
        ("signing_algorithm", Algorithm, {"implicit": 2, "optional": True}),
        ("issuer", x509.Name, {"explicit": 3, "optional": True}),
        ("validity", Validity, {"implicit": 4, "optional": True}),
        ("subject", x509.Name, {"explicit": 5, "optional": True}),
        ("public_key", keys.PublicKeyInfo, {"implicit": 6, "optional": True}),
        ("issuer_id", core.BitString, {"implicit": 7, "optional": True}),
        ("subject_id", core.BitString, {"implicit": 8, "optional": True}),
        ("extensions", x509.Extensions, {"implicit": 9, "optional": True}),
    ]


class Control(core.Sequence):  # type: ignore[misc]
    """Something said about a request."""

    _fields = [("type", core.ObjectIdentifier), ("value", core.Any)]  # noqa: RUF012


class Controls(core.SequenceOf):  # type: ignore[misc]
    """Several of them."""

    _child_spec = Control


class CertRequest(core.Sequence):  # type: ignore[misc]
    """What the signature of a request is over."""

    _fields = [  # noqa: RUF012
        ("cert_req_id", core.Integer),
        ("cert_template", CertTemplate),
        ("controls", Controls, {"optional": True}),
    ]


class SigningProof(core.Sequence):  # type: ignore[misc]
    """The key signed its own request."""

    _fields = [  # noqa: RUF012
        ("input", core.Sequence, {"implicit": 0, "optional": True}),
        ("algorithm", Algorithm),
        ("signature", core.OctetBitString),
    ]


class Proof(core.Choice):  # type: ignore[misc]
    """How possession of the key is proven."""

    _alternatives = [  # noqa: RUF012
        ("ra_verified", core.Null, {"implicit": 0}),
        ("signature", SigningProof, {"implicit": 1}),
        ("key_encipherment", core.Any, {"explicit": 2}),
        ("key_agreement", core.Any, {"explicit": 3}),
    ]


class CertReqMsg(core.Sequence):  # type: ignore[misc]
    """A request with its proof."""

    _fields = [  # noqa: RUF012
        ("cert_req", CertRequest),
        ("popo", Proof, {"optional": True}),
        ("reg_info", Controls, {"optional": True}),
    ]


class CertReqMessages(core.SequenceOf):  # type: ignore[misc]
    """Several requests; we know one at a time."""

    _child_spec = CertReqMsg


class CertId(core.Sequence):  # type: ignore[misc]
    """A certificate by issuer and number."""

    _fields = [("issuer", x509.GeneralName), ("serial_number", core.Integer)]  # noqa: RUF012


def proven(request: bytes) -> tuple[Any, bool]:
    """The key a request is for, and whether it signed the request; raises ValueError on what is none."""
    try:
        asked = CertReqMsg.load(request, strict=True)
        key = load_der_public_key(asked["cert_req"]["cert_template"]["public_key"].untag().dump())
        return key, _signed(asked, key)
    except (ValueError, TypeError, KeyError, AttributeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"not a certificate request: {error}") from error


def _signed(asked: CertReqMsg, key: Any) -> bool:
    proof = None if isinstance(asked["popo"], core.Void) else asked["popo"].chosen
    if not isinstance(proof, SigningProof) or not isinstance(proof["input"], core.Void):
        return False
    try:
        verify(key, proof["algorithm"]["algorithm"].dotted, proof["signature"].native, asked["cert_req"].dump())
    except InvalidSignature:
        return False
    return True
