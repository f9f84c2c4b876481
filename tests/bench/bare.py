"""The floor of `bin/bench update`: the token work of an update written straight on python-pkcs11.

No journal, no checks beyond the proof itself, one process, one session; the certificate is signed in the same process.
"""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pkcs11
from asn1crypto import x509 as asn1_x509
from asn1crypto.algos import DigestInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.constants import DEFAULT
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

_LEFT_OUT = dict.fromkeys(
    (
        Attribute.ENCRYPT,
        Attribute.WRAP,
        Attribute.DECRYPT,
        Attribute.UNWRAP,
        Attribute.DERIVE,
        Attribute.VERIFY,
        Attribute.SIGN,
    ),
    DEFAULT,
)
_PRIVATE = _LEFT_OUT | {Attribute.SIGN: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Иванова Мария Петровна")])


class _RsaOnToken(rsa.RSAPrivateKey):
    """Just enough of a key for the request builder."""

    def __init__(self, key: pkcs11.PrivateKey, public: Any) -> None:
        self._key, self._public = key, public

    def public_key(self) -> Any:
        return self._public

    def sign(self, data: Any, padding: Any, algorithm: Any) -> bytes:
        return _rsa_sign(self._key, bytes(data))

    key_size = property(lambda self: self._public.key_size)
    decrypt: Any = None
    private_numbers: Any = None
    private_bytes: Any = None
    __copy__: Any = None
    __deepcopy__: Any = None


class _EcOnToken(ec.EllipticCurvePrivateKey):
    """The same for an elliptic curve."""

    def __init__(self, key: pkcs11.PrivateKey, public: Any) -> None:
        self._key, self._public = key, public

    def public_key(self) -> Any:
        return self._public

    def sign(self, data: Any, signature_algorithm: Any) -> bytes:
        return _ec_sign(self._key, bytes(data))

    curve = property(lambda self: self._public.curve)
    key_size = property(lambda self: self._public.curve.key_size)
    exchange: Any = None
    private_numbers: Any = None
    private_bytes: Any = None
    __copy__: Any = None
    __deepcopy__: Any = None


def _rsa_sign(key: Any, data: bytes) -> bytes:
    digest = {"digest_algorithm": {"algorithm": "sha256"}, "digest": hashlib.sha256(data).digest()}
    signature: bytes = key.sign(DigestInfo(digest).dump(), mechanism=Mechanism.RSA_PKCS)
    return signature


def _ec_sign(key: Any, data: bytes) -> bytes:
    return encode_ecdsa_signature(key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))


@dataclass(slots=True)
class Done:
    """What a bare update took, how much of it the making of keys was, and the CKA_IDs of the new pairs."""

    milliseconds: float = 0.0
    generating: float = 0.0
    made: list[str] = field(default_factory=list)


def bare_update(
    module: str, serial: str, pin: str, old: list[str], *, algorithm: str, ca: ec.EllipticCurvePrivateKey
) -> Done:
    """Replace each old pair (CKA_ID in hex) by a new one, from loading the module to the last proof."""
    done = Done()
    started = time.perf_counter()
    with _token(module, serial).open(user_pin=pin, rw=True) as session:
        list(session.get_objects())
        for key_id in old:
            _replace(session, bytes.fromhex(key_id), algorithm=algorithm, ca=ca, done=done)
        list(session.get_objects())
    done.milliseconds = (time.perf_counter() - started) * 1000
    return done


def issue_bare(module: str, serial: str, pin: str, *, algorithm: str, ca: ec.EllipticCurvePrivateKey) -> str:
    """Put one pair with its certificate on the token; answers its CKA_ID in hex."""
    with _token(module, serial).open(user_pin=pin, rw=True) as session:
        done = Done()
        _make(session, algorithm=algorithm, ca=ca, done=done)
        return done.made[0]


def _token(module: str, serial: str) -> pkcs11.Token:
    tokens = (slot.get_token() for slot in pkcs11.lib(module).get_slots(token_present=True))
    return next(token for token in tokens if token.serial == serial.encode())


def _replace(
    session: pkcs11.Session, old: bytes, *, algorithm: str, ca: ec.EllipticCurvePrivateKey, done: Done
) -> None:
    _make(session, algorithm=algorithm, ca=ca, done=done)
    for kind in (ObjectClass.CERTIFICATE, ObjectClass.PRIVATE_KEY, ObjectClass.PUBLIC_KEY):
        for item in list(session.get_objects({Attribute.CLASS: kind, Attribute.ID: old})):
            item.destroy()


def _make(session: pkcs11.Session, *, algorithm: str, ca: ec.EllipticCurvePrivateKey, done: Done) -> None:
    key_id = secrets.token_bytes(20)
    started = time.perf_counter()
    public, private = _generate(session, key_id, algorithm)
    done.generating += (time.perf_counter() - started) * 1000
    builder = x509.CertificateSigningRequestBuilder().subject_name(_NAME)
    der = _sign_certificate(builder.sign(_adapter(private, public), hashes.SHA256()), ca)
    _write(session, key_id, der)
    _prove(session, key_id, private)
    done.made.append(key_id.hex())


def _generate(session: pkcs11.Session, key_id: bytes, algorithm: str) -> tuple[pkcs11.PublicKey, pkcs11.PrivateKey]:
    common: Any = {
        "id": key_id,
        "label": "bench",
        "store": True,
        "capabilities": 0,
        "public_template": _LEFT_OUT,
        "private_template": _PRIVATE,
    }
    if algorithm == "rsa2048":
        return session.generate_keypair(KeyType.RSA, 2048, **common)
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    return parameters.generate_keypair(**common)


def _adapter(private: pkcs11.PrivateKey, public: pkcs11.PublicKey) -> _RsaOnToken | _EcOnToken:
    if public.key_type is KeyType.RSA:
        return _RsaOnToken(private, serialization.load_der_public_key(encode_rsa_public_key(public)))
    return _EcOnToken(private, serialization.load_der_public_key(encode_ec_public_key(public)))


def _sign_certificate(request: x509.CertificateSigningRequest, ca: ec.EllipticCurvePrivateKey) -> bytes:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer_name=_NAME, subject_name=request.subject, public_key=request.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
    certificate = builder.not_valid_after(now + timedelta(days=365)).sign(ca, hashes.SHA256())
    return certificate.public_bytes(serialization.Encoding.DER)


def _write(session: pkcs11.Session, key_id: bytes, der: bytes) -> None:
    parsed = asn1_x509.Certificate.load(der)
    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: pkcs11.CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.PRIVATE: False,
            Attribute.ID: key_id,
            Attribute.LABEL: "bench",
            Attribute.SUBJECT: parsed.subject.dump(),
            Attribute.ISSUER: parsed.issuer.dump(),
            Attribute.SERIAL_NUMBER: parsed["tbs_certificate"]["serial_number"].dump(),
            Attribute.VALUE: der,
        }
    )


def _prove(session: pkcs11.Session, key_id: bytes, private: pkcs11.PrivateKey) -> None:
    found = list(session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.ID: key_id}))
    public = x509.load_der_x509_certificate(found[0][Attribute.VALUE]).public_key()
    message = secrets.token_bytes(32)
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(_rsa_sign(private, message), message, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(public, ec.EllipticCurvePublicKey):
        public.verify(_ec_sign(private, message), message, ec.ECDSA(hashes.SHA256()))
