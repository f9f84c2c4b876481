"""From what was typed to Indeed Access Manager."""

from dataclasses import replace
from typing import Final

from portal.connectors.http import Server
from portal.connectors.registers.indeed.register import IndeedRegister
from portal.connectors.registers.indeed.talk import Talk
from portal.connectors.registers.tracing import met, traced
from portal.domain.connectors.indeed import IndeedSettings, indeed_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

_CHECK_WITHIN: Final = 4.0
#: No device has this number: looking for it shows that looking works, and touches nothing.
_NOBODYS: Final = "0"


def opened(values: ConnectorValues, clock: Clock) -> IndeedRegister:  # noqa: ARG001 - every register is given the clock
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    settings = indeed_settings(values.all)
    return IndeedRegister(Talk(_server(settings), settings))


def checked(values: ConnectorValues, clock: Clock) -> Trace:  # noqa: ARG001
    """Whether it is there, lets us in, and can be asked for devices. No device is touched."""
    settings = indeed_settings(values.all)
    server = replace(_server(settings), connect_within=_CHECK_WITHIN, answer_within=_CHECK_WITHIN)
    talk = Talk(server, settings)

    def session() -> str:
        talk.open_session()
        return settings.account

    def devices() -> str:
        talk.look(_NOBODYS)
        return settings.methods["look"]

    return traced((met(server), (TraceStep.SIGN_IN, session), (TraceStep.PROTOCOL, devices)))


def _server(settings: IndeedSettings) -> Server:
    return Server(settings.address, trust=settings.server_trusted)
