"""What is done with devices: updates, and the care around them."""

from functools import cached_property

from portal.bootstrap.outside import Doors
from portal.db.debts import SqlDebtBook
from portal.services.agent_care import AgentCare
from portal.services.agent_contacts import AgentContacts
from portal.services.agent_desk import AgentDesk
from portal.services.agent_history import AgentHistory
from portal.services.agent_lists import ListMaker
from portal.services.agent_presence import AgentPresence
from portal.services.agent_reports import AgentReports
from portal.services.agent_tasks import AgentTasks
from portal.services.approvals import Approvals
from portal.services.debts import Debts
from portal.services.device_cleaning import DeviceCleaning
from portal.services.device_holding import DeviceHolding
from portal.services.device_life import DeviceLife
from portal.services.device_orders import DeviceOrders
from portal.services.device_pins import DevicePins
from portal.services.device_replacing import DeviceReplacing
from portal.services.devices import Devices
from portal.services.findings_check import FindingsCheck
from portal.services.monitor import Monitor
from portal.services.order_telling import OrderTeller
from portal.services.own_devices import OwnDevices
from portal.services.reconciliation.looking import Looking
from portal.services.reconciliation.mending import Mending
from portal.services.reconciliation.rounds import Rounds
from portal.services.register_telling import RegisterTelling
from portal.services.revocations import Revocations
from portal.services.steps import HANDLERS
from portal.services.sweeping import Sweeper
from portal.services.tracking import AutomaticTracking
from portal.services.updates import Updates


class Updating(Doors):
    """Services about devices and updates."""

    @cached_property
    def updates(self) -> Updates:
        """What people do about updates."""
        return Updates(self.database, self.clock, self.watch, self.tickets, self.bell)

    @cached_property
    def sweeper(self) -> Sweeper:
        """Wakes what is due or lost."""
        return Sweeper(self.database, self.clock, self.watch, self.tickets, self.bell)

    @cached_property
    def agent_tasks(self) -> AgentTasks:
        """Updates that workstations carry out."""
        return AgentTasks(self.updates, self.agent_bell)

    @cached_property
    def agent_desk(self) -> AgentDesk:
        """Serves workstations."""
        presence = AgentPresence(self.database, self.clock, self.devices, self.bell)
        reports = AgentReports(self.database, self.clock, self.bell)
        lists = ListMaker(self.order_signer, self.vault)
        return AgentDesk(self.database, self.clock, self.bell, self.agent_bell, presence, reports, lists)

    @cached_property
    def agent_care(self) -> AgentCare:
        """Keeps the tasks of workstations going."""
        return AgentCare(self.database, self.clock, self.bell, self.agent_bell)

    @cached_property
    def agent_contacts(self) -> AgentContacts:
        """Writes down when workstations were heard."""
        return AgentContacts(self.database, self.clock, self.agent_bell)

    @cached_property
    def agent_history(self) -> AgentHistory:
        """Forgets old tasks of workstations."""
        return AgentHistory(self.database, self.clock, self.settings.agent_history)

    @cached_property
    def approvals(self) -> Approvals:
        """Orders of the built-in authority that wait for a person."""
        return Approvals(self.database, self.clock, self.approval_desk, self.bell)

    @cached_property
    def automatic_tracking(self) -> AutomaticTracking:
        """Watches foreign certificates where the policy says so."""
        return AutomaticTracking(self.database, self.clock)

    @cached_property
    def monitor(self) -> Monitor:
        """Reviews what time has changed."""
        return Monitor(self.database, self.clock)

    @cached_property
    def findings_check(self) -> FindingsCheck:
        """Holds what is stored of devices against the truth."""
        return FindingsCheck(self.database, self.clock)

    @cached_property
    def revocations(self) -> Revocations:
        """Learns what authorities revoked on their own."""
        return Revocations(self.database, self.clock, self.authorities, self.authorities.names)

    @cached_property
    def debts(self) -> Debts:
        """Pays what runs that were given up still owe."""
        return Debts(SqlDebtBook(self.database, self.feed), HANDLERS, self.outside)

    @cached_property
    def reconciliation(self) -> Rounds:
        """Holds database, authorities and tokens against one another."""
        return Rounds(Looking(self.database, self.outside), self.authorities.names)

    @cached_property
    def mending(self) -> Mending:
        """Does what people decide about what was found."""
        return Mending(Looking(self.database, self.outside))

    @cached_property
    def devices(self) -> Devices:
        """What happens to devices outside of updates."""
        return Devices(self.database, self.clock)

    @cached_property
    def device_life(self) -> DeviceLife:
        """Disables, enables, revokes and withdraws devices."""
        return DeviceLife(self.database, self.clock, self.bell, self.queue)

    @cached_property
    def device_orders(self) -> DeviceOrders:
        """Tells the world what was done with devices."""
        teller = OrderTeller(self.authorities, self.registers, self.descriptions)
        return DeviceOrders(self.database, self.clock, self.bell, self.queue, teller)

    @cached_property
    def register_telling(self) -> RegisterTelling:
        """What people do about registers that are behind."""
        return RegisterTelling(self.database, self.clock, self.queue)

    @cached_property
    def own_devices(self) -> OwnDevices:
        """What holders do with their own devices."""
        return OwnDevices(self.database, self.device_life, self.device_pins)

    @cached_property
    def device_pins(self) -> DevicePins:
        """Changes and resets user PINs."""
        return DevicePins(self.database, self.clock, self.tickets, self.bell, self.so_pins)

    @cached_property
    def device_holding(self) -> DeviceHolding:
        """Adds, assigns and edits devices."""
        return DeviceHolding(self.database, self.clock, self.so_pins)

    @cached_property
    def device_cleaning(self) -> DeviceCleaning:
        """Cleans devices of what the portal wrote."""
        return DeviceCleaning(self.database, self.clock, self.watch)

    @cached_property
    def device_replacing(self) -> DeviceReplacing:
        """Puts one device in place of another."""
        return DeviceReplacing(self.database, self.clock, self.device_life)
