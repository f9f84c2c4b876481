"""Tokens in memory whose keys are real, for an authority that is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from portal.connectors.x509 import X509Reader
from portal.domain.contents import TokenCertificate
from portal.domain.outcomes import Absent, Effect, Happened, Refused
from portal.domain.troubles import Trouble, why
from portal.ports.token import (
    GenerateKeyPair,
    PinSource,
    ProveCertificate,
    SignRequest,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.fakes.sim_token import SimDesk, SimGateway, SimToken

READER: Final = X509Reader()


@dataclass(slots=True)
class KeyToken(SimToken):
    """``keys`` hold PKCS #8."""

    def _seen(self, key_id: str, der: bytes) -> TokenCertificate:
        facts = READER.certificate(der)
        names = (facts.subject, facts.subject, facts.issuer, facts.serial)
        return TokenCertificate(facts.fingerprint, key_id, *names, facts.not_before, facts.not_after, True)

    def private(self, key_id: str) -> ec.EllipticCurvePrivateKey | None:
        stored = self.keys.get(key_id)
        if stored is None:
            return None
        key = serialization.load_der_private_key(stored, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key


@dataclass(slots=True)
class KeyGateway(SimGateway):
    """Does with real keys what the model does with names."""

    def _do(self, order: TokenOrder) -> TokenReply | Refused:
        token = self.token
        assert isinstance(token, KeyToken)
        match order:
            case GenerateKeyPair():
                token.keys.setdefault(order.key_id, _new_key())
                return TokenReply(public_key=_public(token, order.key_id))
            case SignRequest():
                key = token.private(order.key_id)
                if key is None:
                    return _missing()
                request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
                return TokenReply(request=request.public_bytes(serialization.Encoding.DER))
            case WriteCertificate():
                fingerprint = READER.certificate(order.certificate).fingerprint
                token.certificates[order.key_id, fingerprint] = order.certificate
                return TokenReply(fingerprint=fingerprint)
            case ProveCertificate():
                der = token.certificates.get((order.key_id, order.fingerprint))
                if der is None or token.private(order.key_id) is None:
                    return _missing()
                same = _spki(x509.load_der_x509_certificate(der).public_key()) == _public(token, order.key_id)
                return TokenReply(fingerprint=order.fingerprint) if same else _unproved()
            case _:
                return SimGateway._do(self, order)

    def _look(self, order: TokenOrder) -> Effect[TokenReply]:
        token = self.token
        assert isinstance(token, KeyToken)
        match order:
            case GenerateKeyPair():
                there = order.key_id in token.keys
                return Happened(TokenReply(public_key=_public(token, order.key_id))) if there else Absent()
            case WriteCertificate():
                fingerprint = READER.certificate(order.certificate).fingerprint
                there = (order.key_id, fingerprint) in token.certificates
                return Happened(TokenReply(fingerprint=fingerprint)) if there else Absent()
            case _:
                return SimGateway._look(self, order)


@dataclass(slots=True)
class KeyDesk(SimDesk):
    """One slot with such a token."""

    @contextmanager
    def gateway(self, serial: str, pins: PinSource) -> Iterator[SimGateway]:
        yield KeyGateway(self.token, serial, pins, self.nature)


def _new_key() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.DER, kind, plain)


def _public(token: KeyToken, key_id: str) -> bytes:
    key = token.private(key_id)
    assert key is not None
    return _spki(key.public_key())


def _spki(key: object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _missing() -> Refused:
    return Refused(why(Trouble.OBJECT_MISSING), permanent=True)


def _unproved() -> Refused:
    return Refused(why(Trouble.PROOF_FAILED), permanent=True)
