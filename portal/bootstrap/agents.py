"""Workstations: their authority, their bell, and who lets them in."""

from functools import cached_property

from portal.bootstrap.ground import Ground
from portal.connectors.agent_bell_redis import RedisAgentBell
from portal.connectors.agents.authority import SealedAgentAuthority
from portal.connectors.agents.front_key import FrontCertificate
from portal.connectors.agents.order_key import OrderKey
from portal.connectors.agents.safe import Safe
from portal.ports.agent_trust import AgentBell, OrderSigner
from portal.services.agent_codes import AgentCodes
from portal.services.agent_enrolment import AgentEnrolment
from portal.services.agents import Agents


class Agency(Ground):
    """What lets workstations in and knows them."""

    @cached_property
    def agent_authority(self) -> SealedAgentAuthority:
        """Certifies workstations."""
        return SealedAgentAuthority(self._agent_safe, self._order_key, self.clock, self.settings.base_url)

    @cached_property
    def front_certificate(self) -> FrontCertificate:
        """How the front shows itself to workstations."""
        return FrontCertificate(self.agent_authority, self.settings.agents_hosts)

    @cached_property
    def order_signer(self) -> OrderSigner:
        """Signs what workstations are told to do."""
        return self._order_key

    @cached_property
    def agent_bell(self) -> AgentBell:
        """Calls workstations."""
        return RedisAgentBell(self.redis)

    @cached_property
    def agents(self) -> Agents:
        """Workstations that were let in."""
        return Agents(self.database, self.clock, self.agent_authority, self.agent_bell)

    @cached_property
    def agent_codes(self) -> AgentCodes:
        """One-time codes."""
        return AgentCodes(self.database, self.clock, self.agent_authority)

    @cached_property
    def agent_enrolment(self) -> AgentEnrolment:
        """How workstations get in."""
        return AgentEnrolment(self.database, self.clock, self.agent_authority)

    @cached_property
    def _agent_safe(self) -> Safe:
        return Safe(self.settings.data_dir / "agents", self.vault)

    @cached_property
    def _order_key(self) -> OrderKey:
        return OrderKey(self._agent_safe)
