"""From what was typed to the worker of Secret Net Studio, which speaks the open contract."""

from portal.connectors.registers.contract.documents import ELECTRONIC_IDENTIFIER
from portal.connectors.registers.contract.opening import talk_of, tried
from portal.connectors.registers.contract.register import ContractRegister
from portal.domain.connectors.secret_net import secret_net_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace


def opened(values: ConnectorValues, clock: Clock) -> ContractRegister:
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    settings = secret_net_settings(values.all)
    return ContractRegister(talk_of(settings.way, clock), ELECTRONIC_IDENTIFIER, settings.domain)


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether the worker is there, lets us in, and can assign electronic identifiers. No device is touched."""
    return tried(talk_of(secret_net_settings(values.all).way, clock), ELECTRONIC_IDENTIFIER)
