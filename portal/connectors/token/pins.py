"""Setting the PINs of a token: each order is given once, and no PIN is ever guessed."""

from pkcs11 import PKCS11Error, Token, TokenFlag

from portal.connectors.token.session import SPENT, Connection
from portal.connectors.token.translation import RefusalError, verdict_of
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.token import ChangePin, ResetPin, TokenReply

#: The token lets the administrator sign in once more, or not at all: that try is not ours to spend.
_SO_BARRED = TokenFlag.SO_PIN_FINAL_TRY | TokenFlag.SO_PIN_LOCKED


def change_pin(connection: Connection, order: ChangePin) -> TokenReply:
    session = connection.session()
    old = connection.pin()
    try:
        session.set_pin(old.reveal(), order.new_pin.reveal())
    except PKCS11Error as error:
        ended = connection.trouble(error)
    else:
        connection.pin_changed(order.new_pin)
        return TokenReply()
    raise _pin_not_set(connection, ended)


def _pin_not_set(connection: Connection, ended: RefusalError) -> RefusalError:
    trouble = ended.refused.why.trouble
    if trouble is Trouble.PIN_MALFORMED:  # the new one: this very order will never be accepted
        return RefusalError(ended.refused.why, permanent=True)
    if trouble in SPENT:
        connection.pin_refused(ended)
    elif not ended.refused.permanent:
        connection.pin_uncertain()
    return ended


def reset_pin(connection: Connection, order: ResetPin) -> TokenReply:
    """Sign in as the administrator, set the user PIN, and prove it by signing in with it."""
    token = connection.token()
    check_so_tries(token)
    pin = connection.pin()
    try:
        session = token.open(rw=True, so_pin=order.so_pin.reveal())
    except PKCS11Error as error:
        raise so_refused(connection, error) from None
    try:
        session.init_pin(pin.reveal())
    except PKCS11Error as error:
        raise _new_refused(connection.trouble(error)) from None
    finally:
        session.close()
    connection.pin_changed(pin)
    connection.session()
    return TokenReply()


def check_so_tries(token: Token) -> None:
    """Raise when the administrator has one try left, or none."""
    if token.flags & _SO_BARRED:
        raise RefusalError(why(Trouble.SO_PIN_REFUSED, "barred"), permanent=True)


def so_refused(connection: Connection, error: PKCS11Error) -> RefusalError:
    connection.restart()  # the failed try left a session open that has no owner
    if verdict_of(error).trouble in SPENT:
        return RefusalError(why(Trouble.SO_PIN_REFUSED), permanent=True)
    return connection.trouble(error)


def _new_refused(ended: RefusalError) -> RefusalError:
    if ended.refused.why.trouble is Trouble.PIN_MALFORMED:  # another PIN may be accepted
        return RefusalError(ended.refused.why, whom=WaitingFor.PIN)
    return ended
