"""What the library raises, told in our words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import ldap

from portal.domain.errors import OutsideUnavailable
from portal.ports.directory import DirectoryTrouble

#: From the particular to the general: the first that fits tells.
_TROUBLES: Final = (
    ((ldap.INVALID_CREDENTIALS, ldap.INAPPROPRIATE_AUTH), DirectoryTrouble.SIGN_IN),
    ((ldap.STRONG_AUTH_REQUIRED, ldap.CONFIDENTIALITY_REQUIRED), DirectoryTrouble.SIGN_IN),
    (ldap.INSUFFICIENT_ACCESS, DirectoryTrouble.FORBIDDEN),
    ((ldap.NO_SUCH_OBJECT, ldap.INVALID_DN_SYNTAX), DirectoryTrouble.MISSING),
    ((ldap.REFERRAL, ldap.REFERRAL_LIMIT_EXCEEDED), DirectoryTrouble.REFERRAL),
    ((ldap.TIMEOUT, ldap.TIMELIMIT_EXCEEDED), DirectoryTrouble.SLOW),
    (ldap.CONNECT_ERROR, DirectoryTrouble.UNTRUSTED),
    ((ldap.DECODING_ERROR, ldap.PROTOCOL_ERROR), DirectoryTrouble.RUBBISH),
    ((ldap.SERVER_DOWN, ldap.UNAVAILABLE, ldap.BUSY), DirectoryTrouble.AWAY),
)
#: What a second try a little later does not change.
_LASTING: Final = frozenset({DirectoryTrouble.SIGN_IN, DirectoryTrouble.FORBIDDEN, DirectoryTrouble.MISSING})
_LONGEST: Final = 200


def trouble_of(error: ldap.LDAPError) -> OutsideUnavailable:
    """The refusal in our words; the detail is what the server or the library calls it, never what we sent."""
    if isinstance(error, ldap.NO_MEMORY) or _data(error).get("errno") == errno.ENOMEM:
        return too_large()
    code = next((code for kinds, code in _TROUBLES if isinstance(error, kinds)), DirectoryTrouble.REFUSED)
    return unavailable(code, _detail(error))


def unavailable(code: DirectoryTrouble, detail: str = "") -> OutsideUnavailable:
    """A directory that cannot be asked."""
    return OutsideUnavailable(code.value, permanent=code in _LASTING, detail=detail)


def too_large() -> OutsideUnavailable:
    """One message needs more memory than a reading may take: the library has no bound of its own for it."""
    return unavailable(DirectoryTrouble.RUBBISH, "a message larger than the memory there is for it")


@contextmanager
def told() -> Iterator[None]:
    """Whatever the library raises within is told in our words."""
    try:
        yield
    except ldap.LDAPError as error:
        raise trouble_of(error) from error
    except MemoryError as error:
        raise too_large() from error


def _data(error: ldap.LDAPError) -> dict[str, object]:
    return error.args[0] if error.args and isinstance(error.args[0], dict) else {}


def _detail(error: ldap.LDAPError) -> str:
    data = _data(error)
    parts = (str(data.get(name, "")).strip() for name in ("desc", "info"))
    words = ": ".join(part for part in parts if part) or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in words)[:_LONGEST]
