"""What became of an order whose answer was lost: decided by looking at the token, never by guessing.

A half-made thing counts as absent: it carries a key id that was made for this one order, so it is nobody else's,
and it is taken away before the order may be given again.
"""

from pkcs11 import Object

from portal.connectors.token.certificates import certificate_objects, fingerprint_of
from portal.connectors.token.imports import parts
from portal.connectors.token.keys import halves, load_public, spki
from portal.connectors.token.objects import destroy_all
from portal.connectors.token.session import Connection
from portal.domain.outcomes import Absent, Effect, Happened
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    RemoveCertificate,
    RemoveKeyPair,
    TokenReply,
    WriteCertificate,
)


def of_generation(connection: Connection, order: GenerateKeyPair) -> Effect[TokenReply]:
    private, public = halves(connection.session(), order.key_id)
    if private and public:
        return Happened(TokenReply(public_key=spki(load_public(public[0]))))
    return _absent(connection, (*private, *public))


def of_writing(connection: Connection, order: WriteCertificate) -> Effect[TokenReply]:
    fingerprint = fingerprint_of(order.certificate)
    if certificate_objects(connection.session(), order.key_id, fingerprint):
        return Happened(TokenReply(fingerprint=fingerprint))
    return _absent(connection)


def of_import(connection: Connection, order: ImportKeyPair) -> Effect[TokenReply]:
    found = parts(connection.session(), order)
    if all(found):
        return Happened(TokenReply(fingerprint=fingerprint_of(order.certificate)))
    return _absent(connection, tuple(obj for part in found for obj in part))


def of_certificate_removal(connection: Connection, order: RemoveCertificate) -> Effect[TokenReply]:
    if certificate_objects(connection.session(), order.key_id, order.fingerprint):
        return Absent()
    return _removed(connection, TokenReply(fingerprint=order.fingerprint))


def of_pair_removal(connection: Connection, order: RemoveKeyPair) -> Effect[TokenReply]:
    private, public = halves(connection.session(), order.key_id)
    return Absent() if private or public else _removed(connection, TokenReply())


def of_pin_change(connection: Connection, order: ChangePin) -> Effect[TokenReply]:
    """The PIN that just opened the token is the PIN in force."""
    if connection.pin_in_force().reveal() == order.new_pin.reveal():
        return Happened(TokenReply())
    return Absent()


def _absent(connection: Connection, rest: tuple[Object, ...] = ()) -> Effect[TokenReply]:
    connection.check_still_there()
    destroy_all(rest)
    return Absent()


def _removed(connection: Connection, reply: TokenReply) -> Effect[TokenReply]:
    connection.check_still_there()  # nothing is found on a token that is not there
    return Happened(reply)
