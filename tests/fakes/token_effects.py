"""What an order does to a token in memory, and the traces it leaves."""

from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key

from portal.connectors.token.requests import described
from portal.connectors.token.translation import RefusalError
from portal.domain.certificate import KeyAlgorithm
from portal.domain.troubles import Trouble, why
from portal.ports.token import GenerateKeyPair, ImportKeyPair, ProveCertificate, SignRequest, TokenReply
from tests.fakes.token import FakeToken, Pair, algorithm_of
from tests.support.issuing import PrivateKey, ready_key, spki_of

_POOL: Final = 3  # RSA keys are slow to make: a token picks from a few, by key id


def print_of(der: bytes) -> str:
    return sha256(der).hexdigest()


def generate(token: FakeToken, order: GenerateKeyPair) -> TokenReply:
    pair = whole_pair(token, order.key_id)
    if pair is None:
        token.check_room(2)
        pair = Pair(order.label, _fresh_key(order.algorithm, order.key_id))
        token.pairs[order.key_id] = pair
    return TokenReply(public_key=spki_of(pair.key))


def _fresh_key(algorithm: KeyAlgorithm, key_id: str) -> PrivateKey:
    if algorithm.value.startswith("rsa"):
        return ready_key(algorithm.value, int(key_id[-2:], 16) % _POOL)
    return ec.generate_private_key(ec.SECP256R1() if algorithm is KeyAlgorithm.EC_P256 else ec.SECP384R1())


def whole_pair(token: FakeToken, key_id: str) -> Pair | None:
    pair = token.pairs.get(key_id)
    if pair and not (pair.public and pair.private):
        del token.pairs[key_id]
        return None
    return pair


def sign(token: FakeToken, order: SignRequest) -> TokenReply:
    pair = token.pairs.get(order.key_id)
    if pair is None or not pair.private:
        raise RefusalError(why(Trouble.OBJECT_MISSING, "key"), permanent=True)
    digest = hashes.SHA384() if algorithm_of(pair.key) == "p384" else hashes.SHA256()
    request = described(order.subject, order.alternative).sign(pair.key, digest)
    return TokenReply(request=request.public_bytes(Encoding.DER))


def write(token: FakeToken, key_id: str, label: str, der: bytes) -> TokenReply:
    reply = written(token, key_id, der)
    if reply is None:
        token.check_room(1)
        token.certificates.append((key_id, label, der))
    return TokenReply(fingerprint=print_of(der))


def written(token: FakeToken, key_id: str, der: bytes) -> TokenReply | None:
    there = any((one[0], one[2]) == (key_id, der) for one in token.certificates)
    return TokenReply(fingerprint=print_of(der)) if there else None


def import_pair(token: FakeToken, order: ImportKeyPair) -> TokenReply:
    if imported(token, order) is None:
        token.check_room(3)
        key = load_der_private_key(order.private_key, None)
        assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        token.pairs[order.key_id] = Pair(order.label, key)
        token.certificates.append((order.key_id, order.label, order.certificate))
    return TokenReply(fingerprint=print_of(order.certificate))


def imported(token: FakeToken, order: ImportKeyPair) -> TokenReply | None:
    pair = whole_pair(token, order.key_id)
    reply = written(token, order.key_id, order.certificate)
    if pair and reply:
        return reply
    token.pairs.pop(order.key_id, None)
    token.certificates = [one for one in token.certificates if (one[0], one[2]) != (order.key_id, order.certificate)]
    return None


def prove(token: FakeToken, order: ProveCertificate) -> TokenReply:
    certificate = next(
        (one[2] for one in token.certificates if (one[0], print_of(one[2])) == (order.key_id, order.fingerprint)),
        None,
    )
    pair = token.pairs.get(order.key_id)
    if certificate is None or pair is None or not pair.private:
        what = "key" if certificate else "certificate"
        raise RefusalError(why(Trouble.OBJECT_MISSING, what), permanent=True)
    if x509.load_der_x509_certificate(certificate).public_key() != pair.key.public_key():
        raise RefusalError(why(Trouble.PROOF_FAILED), permanent=True)
    return TokenReply(fingerprint=order.fingerprint)
