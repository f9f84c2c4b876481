"""Whether the web server that asks for certificates is there, and passes on what it saw."""

from typing import Final

from portal.connectors.ca.tracing import met, traced
from portal.connectors.http import Server
from portal.domain.connectors.sign_in_certificate import certificate_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep
from portal.ports.sign_in import READY

_CHECK_WITHIN: Final = 3.0
_SAID: Final = 204


def checked(values: ConnectorValues, _clock: Clock) -> Trace:
    """It is there, shows a certificate we trust, and proves to the portal that it is the one; raises InvalidInput."""
    settings = certificate_settings(values.all)
    server = Server(settings.address, trust=settings.trusted, connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)

    def ready() -> str:
        status = server.ask("GET", READY).status
        if status != _SAID:
            raise ValueError(f"{READY}: status {status}")
        return READY

    return traced((met(server), (TraceStep.PROTOCOL, ready)))
