"""What each order does on a token; every one may be given twice without harm."""

import os
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pkcs11 import Object, Session

from portal.connectors.token import requests
from portal.connectors.token.certificates import certificate_objects, fingerprint_of, value_among, write_certificate
from portal.connectors.token.contents import read_contents
from portal.connectors.token.imports import import_key_pair, parts
from portal.connectors.token.keys import (
    PublicKey,
    digest_for,
    generate,
    halves,
    halves_of,
    key_on_token,
    load_public,
    of_same_type,
    spki,
)
from portal.connectors.token.objects import destroy_all, with_id
from portal.connectors.token.session import Connection
from portal.connectors.token.translation import RefusalError
from portal.domain.troubles import Trouble, why
from portal.ports.certificates import CertificateReader
from portal.ports.token import (
    GenerateKeyPair,
    ImportKeyPair,
    ProveCertificate,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenReply,
    WriteCertificate,
)

_PROOF_BYTES: Final = 32


def read(connection: Connection, serial: str, reader: CertificateReader) -> TokenReply:
    contents = read_contents(connection.session(), serial, reader, signed_in=True)
    connection.check_still_there()  # a pulled token reads as an empty one
    connection.seen = {key.key_id for key in contents.keys} | {one.key_id for one in contents.certificates}
    return TokenReply(contents=contents)


def generate_key_pair(connection: Connection, order: GenerateKeyPair) -> TokenReply:
    session = connection.session()
    found = [] if _is_new(connection, order.key_id) else with_id(session, order.key_id)
    private, public = halves_of(found)
    if not (private and public):
        destroy_all((*private, *public))  # half of a pair that was ours and never became whole
        made = generate(session, order.key_id, order.label, order.algorithm)
        private, public = [made[0]], [made[1]]
        if not found:
            connection.alone.add(order.key_id)
    known = load_public(public[0])
    connection.pairs[order.key_id] = (private[0], known)
    return TokenReply(public_key=spki(known))


def _is_new(connection: Connection, key_id: str) -> bool:
    """Whether nothing can have this CKA_ID: the token was read, it was not there, and nobody asked for it since."""
    if connection.seen is None or key_id in connection.seen:
        return False
    connection.seen.add(key_id)  # whatever becomes of the call, it is looked for from now on
    return True


def sign_request(connection: Connection, order: SignRequest) -> TokenReply:
    private, public = _pair(connection, connection.session(), order.key_id)
    return TokenReply(request=requests.make_request(private, public, order.subject, order.alternative))


def write(connection: Connection, order: WriteCertificate) -> TokenReply:
    session = connection.session()
    fingerprint = fingerprint_of(order.certificate)
    alone = order.key_id in connection.alone
    connection.alone.discard(order.key_id)  # whatever becomes of the call, it is looked for from now on
    if alone or not certificate_objects(session, order.key_id, fingerprint):
        write_certificate(session, order.key_id, order.label, order.certificate)
    return TokenReply(fingerprint=fingerprint)


def import_pair(connection: Connection, order: ImportKeyPair) -> TokenReply:
    session = connection.session()
    found = parts(session, order)
    if not all(found):
        destroy_all(obj for part in found for obj in part)
        import_key_pair(session, order)
    return TokenReply(fingerprint=fingerprint_of(order.certificate))


def prove(connection: Connection, order: ProveCertificate) -> TokenReply:
    """Sign with the key found by CKA_ID, verify with the certificate read back from the token."""
    found = with_id(connection.session(), order.key_id)
    certificate = value_among(found, order.key_id, order.fingerprint)
    private, _ = halves_of(found)
    if certificate is None or not private:
        raise _missing(connection, "certificate" if certificate is None else "key")
    public = _public_key(certificate)
    if not _proved(private[0], public):
        raise RefusalError(why(Trouble.PROOF_FAILED), permanent=True)
    return TokenReply(fingerprint=order.fingerprint)


def remove_certificate(connection: Connection, order: RemoveCertificate) -> TokenReply:
    found = certificate_objects(connection.session(), order.key_id, order.fingerprint)
    if not found:
        connection.check_still_there()
    destroy_all(found)
    return TokenReply(fingerprint=order.fingerprint)


def remove_key_pair(connection: Connection, order: RemoveKeyPair) -> TokenReply:
    private, public = halves(connection.session(), order.key_id)
    if not (private or public):
        connection.check_still_there()
    connection.pairs.pop(order.key_id, None)  # whatever becomes of the call, it is looked for from now on
    destroy_all((*private, *public))
    return TokenReply()


def _pair(connection: Connection, session: Session, key_id: str) -> tuple[Object, PublicKey]:
    """A key pair on the token: the one made over this connection, else looked for."""
    if key_id in connection.pairs:
        return connection.pairs[key_id]
    private, public = halves(session, key_id)
    if not (private and public):
        raise _missing(connection, "key")
    return private[0], load_public(public[0])


def _missing(connection: Connection, what: str) -> RefusalError:
    connection.check_still_there()
    return RefusalError(why(Trouble.OBJECT_MISSING, what), permanent=True)


def _public_key(der: bytes) -> PublicKey:
    try:
        public = x509.load_der_x509_certificate(der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise RefusalError(why(Trouble.TOKEN_UNSUITABLE, "key type"), permanent=True)
    return public


def _proved(private: Object, public: PublicKey) -> bool:
    if not of_same_type(private, public):  # asked to sign with a key of another type, modules say anything at all
        return False
    challenge = os.urandom(_PROOF_BYTES)
    try:
        _verify(public, _signed(private, public, challenge), challenge)
    except InvalidSignature:
        return False
    return True


def _signed(private: Object, public: PublicKey, data: bytes) -> bytes:
    key = key_on_token(private, public)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), digest_for(public))
    return key.sign(data, ec.ECDSA(digest_for(public)))


def _verify(public: PublicKey, signature: bytes, data: bytes) -> None:
    if isinstance(public, rsa.RSAPublicKey):
        public.verify(signature, data, padding.PKCS1v15(), digest_for(public))
    else:
        public.verify(signature, data, ec.ECDSA(digest_for(public)))
