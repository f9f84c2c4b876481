"""The doors to the world: tokens, authorities, registers."""

from functools import cached_property
from typing import Final

from portal.bootstrap.agents import Agency
from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.ca.builtin.setup import CaPlace, open_authority
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.registers.ledger import DeviceLedger
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.routing import RoutingDesk
from portal.domain.policy import Register
from portal.ports.approvals import ApprovalDesk
from portal.services.administrator_pins import AdministratorPins
from portal.services.agent_orders import AgentOrders
from portal.services.commons import Commons
from portal.services.identity_verdicts import IdentityVerdicts
from portal.services.step_context import Outside

#: The name of the authority that comes with the product, as templates of policies name it.
BUILTIN_CA: Final = "main"


class Doors(Agency):
    """The connectors, and what the engine may use of them."""

    @cached_property
    def ca_place(self) -> CaPlace:
        """Where the built-in authority keeps its rows and keys."""
        settings = self.settings
        store = CaStore(settings.ca_database_url)
        return CaPlace(store, settings.data_dir / "ca", self.vault, self.clock, settings.base_url)

    @cached_property
    def authorities(self) -> ConfiguredAuthorities:
        """Certification authorities by name."""
        return ConfiguredAuthorities({BUILTIN_CA: lambda: open_authority(self.ca_place, BUILTIN_CA)})

    @cached_property
    def approval_desk(self) -> ApprovalDesk:
        """Where orders of the built-in authority wait for a person."""
        place = self.ca_place
        return BuiltinApprovals(BUILTIN_CA, place.store, self.clock, place.templates)

    @cached_property
    def registers(self) -> ConfiguredRegisters:
        """Registers of devices, each a ledger of its own until the products' connectors are configured."""
        folder = self.settings.registers_dir
        return ConfiguredRegisters({kind: DeviceLedger(folder / f"{kind.value}.db", self.clock) for kind in Register})

    @cached_property
    def commons(self) -> Commons:
        """Common certificates of policies."""
        return Commons(self.database, self.vault, self.reader)

    @cached_property
    def so_pins(self) -> AdministratorPins:
        """Administrator PINs of tokens."""
        return AdministratorPins(self.database, self.vault)

    @cached_property
    def identity_verdicts(self) -> IdentityVerdicts:
        """What registers of the state said of people."""
        return IdentityVerdicts(self.database, self.clock, self.vault)

    @cached_property
    def local_desk(self) -> Pkcs11Desk:
        """Tokens plugged into this machine."""
        return Pkcs11Desk(self.settings.pkcs11_modules, self.reader)

    @cached_property
    def agent_orders(self) -> AgentOrders:
        """What workstations are told to do."""
        return AgentOrders(self.database, self.clock, self.vault, self.agent_bell)

    @cached_property
    def desk(self) -> RoutingDesk:
        """Tokens wherever they are."""
        return RoutingDesk(lambda: self.local_desk, self.agent_orders)

    @cached_property
    def outside(self) -> Outside:
        """Every door of the engine to the world."""
        return Outside(
            desk=self.desk,
            tickets=self.tickets,
            authorities=self.authorities,
            registers=self.registers,
            commons=self.commons,
            reader=self.reader,
            clock=self.clock,
            so_pins=self.so_pins,
            identity=self.identity_verdicts,
        )
