"""Wiping a token. The Python library has no word for it: C_InitToken is called in the module it has loaded."""

import ctypes
import sys
from typing import Any, Final

import pkcs11
from pkcs11 import PKCS11Error, Token

from portal.connectors.token.contents import read_contents
from portal.connectors.token.pins import check_so_tries, so_refused
from portal.connectors.token.session import Connection
from portal.connectors.token.translation import RefusalError, refusal
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, why
from portal.ports.certificates import CertificateReader
from portal.ports.token import InitToken, Pin, TokenReply

#: Where C_InitToken stands in CK_FUNCTION_LIST (PKCS#11 2.40), and how many functions there are.
_INIT_TOKEN: Final = 9
_FUNCTIONS: Final = 68
_LABEL_BYTES: Final = 32
_PIN_INCORRECT: Final = 0xA0
_REFUSALS: Final = {
    0xA0: Trouble.SO_PIN_REFUSED,  # CKR_PIN_INCORRECT
    0xA4: Trouble.SO_PIN_REFUSED,  # CKR_PIN_LOCKED
    0xE2: Trouble.TOKEN_READ_ONLY,  # CKR_TOKEN_WRITE_PROTECTED
    0x54: Trouble.TOKEN_UNSUITABLE,  # CKR_FUNCTION_NOT_SUPPORTED
}


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _Functions(ctypes.Structure):
    if sys.platform == "win32":
        _pack_ = 1  # the standard's header says so there
    _fields_ = (("version", _Version), ("functions", ctypes.c_void_p * _FUNCTIONS))


def init_token(connection: Connection, order: InitToken, serial: str, *, reader: CertificateReader) -> TokenReply:
    """Wipe the token if it is what the plan was made from, set both PINs, and prove the user's by signing in."""
    token = connection.token()
    check_so_tries(token)
    _check_contents(token, order, serial, reader=reader)
    pin = connection.pin()  # nothing is wiped before there is a PIN to set
    so_pin = _wipe(connection.module(), token, order)
    _set_pins(connection, token, so_pin, new=order.new_so_pin, user=pin)
    connection.pin_changed(pin)
    connection.session()
    return TokenReply()


def _check_contents(token: Token, order: InitToken, serial: str, *, reader: CertificateReader) -> None:
    session = token.open(rw=True)
    try:
        contents = read_contents(session, serial, reader, signed_in=False)
    finally:
        session.close()
    empty = not contents.certificates and not contents.keys
    if not empty and contents.content_hash() != order.content_hash:
        raise RefusalError(why(Trouble.CONTENTS_CHANGED), permanent=True)


def _wipe(module: str, token: Token, order: InitToken) -> Pin:
    """The administrator PIN that was in force; each of the two is sent once at most."""
    code = _call(module, token, order.so_pin, order.label)
    perhaps = code == _PIN_INCORRECT and order.doubtful
    if perhaps and _call(module, token, order.new_so_pin, order.label) == 0:
        return order.new_so_pin
    if code:
        trouble = _REFUSALS.get(code, Trouble.TOKEN_ERROR)
        raise RefusalError(why(trouble, f"0x{code:x}"), permanent=code in _REFUSALS)
    return order.so_pin


def _call(module: str, token: Token, so_pin: Pin, label: str) -> int:
    pkcs11.lib(module)  # loaded and running
    listed = ctypes.POINTER(_Functions)()
    loaded: Any = ctypes.CDLL(module)
    if loaded.C_GetFunctionList(ctypes.byref(listed)):
        return -1
    kind = ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p)
    function = kind(listed.contents.functions[_INIT_TOKEN])
    pin = so_pin.reveal().encode()
    return int(function(token.slot.slot_id, pin, len(pin), _padded(label)))


def _padded(label: str) -> bytes:
    """CK_TOKEN_INFO's label: UTF-8, cut at a character, filled with blanks."""
    whole = label.encode()[:_LABEL_BYTES].decode(errors="ignore").encode()
    return whole.ljust(_LABEL_BYTES)


def _set_pins(connection: Connection, token: Token, so_pin: Pin, *, new: Pin, user: Pin) -> None:
    try:
        session = token.open(rw=True, so_pin=so_pin.reveal())
    except PKCS11Error as error:
        raise so_refused(connection, error) from None
    try:
        session.init_pin(user.reveal())
        if new.reveal() != so_pin.reveal():
            session.set_pin(so_pin.reveal(), new.reveal())
    except PKCS11Error as error:
        ended = refusal(error)
        if ended.refused.why.trouble is Trouble.PIN_MALFORMED:  # another PIN may be accepted
            raise RefusalError(ended.refused.why, whom=WaitingFor.PIN) from None
        raise ended from None
    finally:
        session.close()
