"""The doors to the world: tokens, authorities, registers."""

from functools import cached_property

from portal.bootstrap.connecting import BUILTIN_CA, Connecting
from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.opening import open_register
from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.registers.ledger import DeviceLedger
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.token.routing import RoutingDesk
from portal.domain.policy import Register
from portal.ports.approvals import ApprovalDesk
from portal.services.administrator_pins import AdministratorPins
from portal.services.agent_orders import AgentOrders
from portal.services.commons import Commons
from portal.services.connected_registers import ConnectedRegisters
from portal.services.device_descriptions import Descriptions
from portal.services.identity_verdicts import IdentityVerdicts
from portal.services.step_context import Outside


class Doors(Connecting):
    """The connectors, and what the engine may use of them."""

    @cached_property
    def approval_desk(self) -> ApprovalDesk:
        """Where orders of the built-in authority wait for a person."""
        place = self.ca_place
        return BuiltinApprovals(BUILTIN_CA, place.store, self.clock, place.templates)

    @cached_property
    def registers(self) -> ConnectedRegisters:
        """Registers of devices: those that are connected; for trying out, ledgers of those that are not."""
        folder, clock = self.settings.registers_dir, self.clock
        ledgers = {kind: DeviceLedger(folder / f"{kind.value}.db", clock) for kind in Register} if folder else {}
        return ConnectedRegisters(
            ConfiguredRegisters(ledgers),
            self.database,
            self.vault,
            self.connector_watch,
            lambda values: open_register(values, clock),
        )

    @cached_property
    def descriptions(self) -> Descriptions:
        """What registers are told of devices."""
        return Descriptions(self.database)

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
            describe=self.descriptions,
        )
