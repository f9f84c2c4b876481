"""What is done with a lone key, in a process that may load the token's library."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, padding
from pkcs11 import PKCS11Error, Session

from portal.connectors.token.keys import (
    RSAKeyOnToken,
    digest_for,
    generate,
    halves,
    key_on_token,
    load_public,
    spki,
)
from portal.connectors.token.library import library
from portal.connectors.token.lone_key import Asked, Told
from portal.connectors.token.session import Connection
from portal.connectors.token.translation import RefusalError
from portal.domain.certificate import KeyAlgorithm
from portal.ports.token import Pin

LABEL: Final = "klyuchnik CA"


class OnePin:
    """The PIN that was sealed for this token; knows whether it was refused."""

    def __init__(self, pin: str) -> None:
        self._pin = Pin(pin)
        self.was_refused = False

    def pin(self) -> Pin | None:
        return self._pin

    def accepted(self) -> None:
        """It is right; nothing is kept."""

    def refused(self) -> None:
        self.was_refused = True


def sign(asked: Asked, data: bytes) -> Told:
    """A signature over the data."""
    return _with_token(asked, lambda session: _signature(session, asked.key_id, data))


def make_key(asked: Asked, algorithm: KeyAlgorithm) -> Told:
    """The public key of the pair with this id, which is made unless it is there."""
    return _with_token(asked, lambda session: _pair(session, asked.key_id, algorithm))


def _with_token(asked: Asked, work: Callable[[Session], bytes]) -> Told:
    pins = OnePin(asked.pin)
    try:
        with _session(asked, pins) as session:
            return Told(work(session))
    except RefusalError as error:
        return Told(trouble=error.refused.why.trouble.value, pin_refused=pins.was_refused)
    except (PKCS11Error, LookupError) as error:
        return Told(trouble=type(error).__name__)


@contextmanager
def _session(asked: Asked, pins: OnePin) -> Iterator[Session]:
    connection = Connection([library(asked.module)], asked.serial, pins)
    try:
        yield connection.session()
    finally:
        connection.close()


def _signature(session: Session, key_id: str, data: bytes) -> bytes:
    private, public = halves(session, key_id)
    known = load_public(public[0])
    key = key_on_token(private[0], known)
    if isinstance(key, RSAKeyOnToken):
        return key.sign(data, padding.PKCS1v15(), digest_for(known))
    return key.sign(data, ec.ECDSA(digest_for(known)))


def _pair(session: Session, key_id: str, algorithm: KeyAlgorithm) -> bytes:
    private, public = halves(session, key_id)
    if not (private and public):
        public = [generate(session, key_id, LABEL, algorithm)[1]]
    return spki(load_public(public[0]))
