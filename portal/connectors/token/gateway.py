"""A token in a slot of this machine, as the product knows it: orders in, outcomes out, no exception in between."""

from pkcs11 import PKCS11Error

from portal.connectors.token import effects, initializing, orders, pins
from portal.connectors.token.session import Connection
from portal.connectors.token.store_lock import store_lock
from portal.connectors.token.translation import RefusalError
from portal.domain.outcomes import Absent, Done, Effect, Outcome, Refused, Unknown
from portal.domain.troubles import Trouble, why
from portal.ports.certificates import CertificateReader
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    InitToken,
    ObjectOrder,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    ResetPin,
    SignRequest,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)


class Pkcs11Gateway:
    """Carries out orders on one token; made by Pkcs11Desk."""

    def __init__(self, connection: Connection, serial: str, reader: CertificateReader) -> None:
        self._connection = connection
        self._serial = serial
        self._reader = reader

    def carry_out(self, order: TokenOrder) -> Outcome[TokenReply]:
        """Do it; every trouble is an answer."""
        try:
            with store_lock().writing():
                return Done(self._carried_out(order))
        except RefusalError as ended:
            return ended.refused
        except PKCS11Error as error:
            return self._connection.trouble(error).refused

    def look_up(self, ticket: str) -> Outcome[TokenReply]:
        """A local token answers at once and never hands out a ticket."""
        return Refused(why(Trouble.UNKNOWN_STEP, "ticket", ticket=ticket), permanent=True)

    def effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        """Whether the order took effect; Unknown says who must come before the token can be asked."""
        try:
            with store_lock().writing():
                return self._effect_of(order)
        except RefusalError as ended:
            refused = ended.refused
        except PKCS11Error as error:
            refused = self._connection.trouble(error).refused
        return Unknown(refused.why, None if refused.permanent else refused.whom)

    def _carried_out(self, order: TokenOrder) -> TokenReply:
        if isinstance(order, ChangePin):
            return pins.change_pin(self._connection, order)
        if isinstance(order, ResetPin):
            return pins.reset_pin(self._connection, order)
        if isinstance(order, InitToken):
            return initializing.init_token(self._connection, order, self._serial, reader=self._reader)
        return self._with_objects(order)

    def _with_objects(self, order: ObjectOrder) -> TokenReply:
        connection = self._connection
        match order:
            case ReadContents():
                return orders.read(connection, self._serial, self._reader)
            case GenerateKeyPair():
                return orders.generate_key_pair(connection, order)
            case SignRequest():
                return orders.sign_request(connection, order)
            case WriteCertificate():
                return orders.write(connection, order)
            case ImportKeyPair():
                return orders.import_pair(connection, order)
            case ProveCertificate():
                return orders.prove(connection, order)
            case RemoveCertificate():
                return orders.remove_certificate(connection, order)
            case RemoveKeyPair():
                return orders.remove_key_pair(connection, order)

    def _effect_of(self, order: TokenOrder) -> Effect[TokenReply]:
        connection = self._connection
        match order:
            case ReadContents() | SignRequest() | ProveCertificate() | ResetPin() | InitToken():
                return Absent()  # doing them again is the answer: they leave nothing behind, or the same
            case GenerateKeyPair():
                return effects.of_generation(connection, order)
            case WriteCertificate():
                return effects.of_writing(connection, order)
            case ImportKeyPair():
                return effects.of_import(connection, order)
            case RemoveCertificate():
                return effects.of_certificate_removal(connection, order)
            case RemoveKeyPair():
                return effects.of_pair_removal(connection, order)
            case ChangePin():
                return effects.of_pin_change(connection, order)
