"""Reading a token after signing in: runs in a child process of its own."""

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Done
from portal.domain.troubles import Trouble, Why, why
from portal.ports.token import Pin, ReadContents


class OnePin:
    """The PIN of the command line: handed out once, never again after a refusal."""

    def __init__(self, pin: str) -> None:
        self._pin: Pin | None = Pin(pin)

    def pin(self) -> Pin | None:
        """The PIN, as long as nobody refused it."""
        return self._pin

    def accepted(self) -> None:
        """It is right; nothing is kept."""

    def refused(self) -> None:
        """Forget it."""
        self._pin = None


def read_signed_in(modules: tuple[str, ...], serial: str, pin: str) -> TokenContents | Why:
    """Everything on the token, or why it could not be read."""
    with Pkcs11Desk(modules, X509Reader()).gateway(serial, OnePin(pin)) as gateway:
        outcome = gateway.carry_out(ReadContents())
    if isinstance(outcome, Done):
        return outcome.reply.contents or why(Trouble.TOKEN_ERROR)
    return outcome.why
