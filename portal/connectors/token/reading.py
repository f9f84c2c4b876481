"""What a command line asks of tokens; module-level functions, to be run in a child process."""

from collections.abc import Sequence

from pkcs11 import PKCS11Error

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.scan import scan
from portal.connectors.token.translation import RefusalError
from portal.connectors.x509 import X509Reader
from portal.domain.contents import TokenContents, TokenSighting
from portal.domain.outcomes import Done, Refused, Waiting
from portal.domain.troubles import Why
from portal.ports.token import Pin, ReadContents


class _OnePin:
    def __init__(self, pin: str) -> None:
        self._pin: Pin | None = Pin(pin)

    def pin(self) -> Pin | None:
        return self._pin

    def accepted(self) -> None:
        """It is right; nothing is kept."""

    def refused(self) -> None:
        self._pin = None


def list_tokens(modules: Sequence[str]) -> tuple[TokenSighting, ...]:
    """The tokens of all libraries; a library that cannot be had hides no other."""
    found: dict[str, TokenSighting] = {}
    for module in modules:
        try:
            sightings = scan(module, X509Reader())
        except (RefusalError, PKCS11Error):
            continue
        found |= {sighting.serial: sighting for sighting in sightings if sighting.serial not in found}
    return tuple(found[serial] for serial in sorted(found))


def read_token(modules: Sequence[str], serial: str, pin: str) -> TokenContents | Why:
    """Everything on one token, seen after signing in; or why not."""
    with Pkcs11Desk(modules, X509Reader()).gateway(serial, _OnePin(pin)) as gateway:
        match gateway.carry_out(ReadContents()):
            case Done(reply) if reply.contents is not None:
                return reply.contents
            case Refused(why) | Waiting(why=why):
                return why
    raise RuntimeError("a token answered without contents")
