"""Answers after RFC 6960, signed by a responder whose certificate the authority issued for that only."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from portal.connectors.ca.builtin.identity import CaIdentity
from portal.connectors.ca.builtin.revoking import REASONS
from portal.connectors.ca.builtin.signing import builder_key, digest_for
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.ca.builtin.tables import RevocationRow

LARGEST_REQUEST: Final = 16 * 1024
ANSWER_LIFE: Final = timedelta(hours=1)
LONGEST_NONCE: Final = 128  # RFC 9654
_DIGESTS: Final = {"sha1": SHA1, "sha256": SHA256}
# all that reading an extension or an algorithm nobody knows may raise
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    NotImplementedError,  # `cryptography` raises it: it reads no request about several certificates (RFC 5019 2.1.1)
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class Question:
    """Which certificate somebody asks about."""

    request: ocsp.OCSPRequest
    nonce: x509.OCSPNonce | None

    @property
    def serial(self) -> str:
        """The serial number in lower hex."""
        return format(self.request.serial_number, "x")


def ocsp_answer(ca: CaIdentity, store: CaStore, request: bytes, *, responder: bytes, now: datetime) -> bytes:
    """An answer in DER, whatever was sent; raises StoreDown, SignerDown."""
    question = _question(request)
    if question is None:
        return unsuccessful(ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    if not _about_us(ca, question.request):
        return unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
    builder = _with_status(store, ca, question, now.replace(microsecond=0))
    certificate = x509.load_der_x509_certificate(responder)
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate).certificates([certificate])
    if question.nonce is not None:
        builder = builder.add_extension(question.nonce, critical=False)
    key = builder_key(ca.responder.public_key, ca.responder.sign)
    return builder.sign(key, digest_for(ca.responder.public_key)).public_bytes(Encoding.DER)


def unsuccessful(status: ocsp.OCSPResponseStatus) -> bytes:
    """An answer that says only why there is none."""
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(Encoding.DER)


def _question(request: bytes) -> Question | None:
    if len(request) > LARGEST_REQUEST:
        return None
    try:
        asked = ocsp.load_der_ocsp_request(request)
        nonce = _nonce(asked)
        known = asked.hash_algorithm.name in _DIGESTS and asked.serial_number > 0
    except _UNREADABLE:
        return None
    return Question(asked, nonce) if known else None


def _nonce(asked: ocsp.OCSPRequest) -> x509.OCSPNonce | None:
    try:
        nonce = asked.extensions.get_extension_for_class(x509.OCSPNonce).value
    except x509.ExtensionNotFound:
        return None
    if not 1 <= len(nonce.nonce) <= LONGEST_NONCE:
        raise ValueError("a nonce of no allowed length")
    return nonce


def _about_us(ca: CaIdentity, asked: ocsp.OCSPRequest) -> bool:
    name = _hash(asked, ca.certificate.subject.public_bytes())
    return (name, _hash(asked, _key_bits(ca))) == (asked.issuer_name_hash, asked.issuer_key_hash)


def _hash(asked: ocsp.OCSPRequest, data: bytes) -> bytes:
    digest = Hash(_DIGESTS[asked.hash_algorithm.name]())
    digest.update(data)
    return digest.finalize()


def _key_bits(ca: CaIdentity) -> bytes:
    key = ca.signer.public_key
    if hasattr(key, "curve"):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)


def _with_status(store: CaStore, ca: CaIdentity, question: Question, now: datetime) -> ocsp.OCSPResponseBuilder:
    revocation = store.revocation(ca.name, question.serial)
    status = _status(store, ca, question, revocation)
    flag = REASONS[revocation.reason] if revocation else None
    return ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=question.request.issuer_name_hash,
        issuer_key_hash=question.request.issuer_key_hash,
        serial_number=question.request.serial_number,
        algorithm=question.request.hash_algorithm,
        cert_status=status,
        this_update=now,
        next_update=now + ANSWER_LIFE,
        revocation_time=datetime.fromtimestamp(revocation.revoked_at, UTC) if revocation else None,
        revocation_reason=None if flag is x509.ReasonFlags.unspecified else flag,
    )


def _status(
    store: CaStore, ca: CaIdentity, question: Question, revocation: RevocationRow | None
) -> ocsp.OCSPCertStatus:
    if revocation:
        return ocsp.OCSPCertStatus.REVOKED
    known = store.issued(ca.name, question.serial) is not None
    return ocsp.OCSPCertStatus.GOOD if known else ocsp.OCSPCertStatus.UNKNOWN
