"""What is done with devices: updates, and the care around them."""

from functools import cached_property

from portal.bootstrap.outside import BUILTIN_CA, Doors
from portal.services.devices import Devices
from portal.services.monitor import Monitor
from portal.services.revocations import Revocations
from portal.services.sweeping import Sweeper
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
    def monitor(self) -> Monitor:
        """Reviews what time has changed."""
        return Monitor(self.database, self.clock)

    @cached_property
    def revocations(self) -> Revocations:
        """Learns what authorities revoked on their own."""
        return Revocations(self.database, self.clock, self.authorities, (BUILTIN_CA,))

    @cached_property
    def devices(self) -> Devices:
        """What happens to devices outside of updates."""
        return Devices(self.database, self.clock)
