"""From what was typed to a register behind the open contract."""

from dataclasses import replace
from typing import Final

from portal.connectors.http import Server
from portal.connectors.registers.contract.documents import GENERIC
from portal.connectors.registers.contract.register import ContractRegister
from portal.connectors.registers.contract.talk import Talk
from portal.connectors.registers.tracing import Step, met, traced
from portal.domain.connectors.contract import ContractSettings, contract_settings
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace, TraceStep

CHECK_WITHIN: Final = 4.0


def opened(values: ConnectorValues, clock: Clock) -> ContractRegister:
    """Nothing is asked before the first order; raises InvalidInput or ValueError."""
    return ContractRegister(talk_of(contract_settings(values.all), clock))


def checked(values: ConnectorValues, clock: Clock) -> Trace:
    """Whether it is there, is well, lets us in and speaks what we expect. No device is touched."""
    return tried(talk_of(contract_settings(values.all), clock), GENERIC)


def talk_of(settings: ContractSettings, clock: Clock) -> Talk:
    """The way there."""
    server = Server(settings.address, trust=settings.server_trusted, certificate=settings.certificate, key=settings.key)
    return Talk(server, clock, settings.client, settings.secret)


def tried(talk: Talk, profile: str) -> Trace:
    """Step by step; ``profile`` is what it has to be able to."""
    quick = replace(talk, server=replace(talk.server, connect_within=CHECK_WITHIN, answer_within=CHECK_WITHIN))

    def health() -> str:
        said = quick.told("health")
        if said.get("status") != "ok":
            raise ValueError(f"health: {str(said.get('status'))[:50]}")
        return "health: ok"

    def capabilities() -> str:
        said = quick.told("capabilities")
        able = said.get("profiles")
        if said.get("contract") != "1" or not isinstance(able, list) or profile not in able:
            raise ValueError(f"contract {str(said.get('contract'))[:20]}, profiles {str(able)[:100]}")
        return f"{str(said.get('product', ''))[:100]}: {profile}"

    steps: tuple[Step, ...] = (met(quick.server), (TraceStep.PROTOCOL, health), (TraceStep.CAPABILITIES, capabilities))
    return traced(steps)
