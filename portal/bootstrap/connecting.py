"""Counterparts outside that are configured: kept, opened, watched, tried."""

from functools import cached_property
from typing import Final

from portal.bootstrap.agents import Agency
from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.health import BuiltinHealth
from portal.connectors.ca.builtin.setup import CaPlace, open_authority
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.opening import check
from portal.connectors.opening import open_authority as open_connected
from portal.services.audit import AuditLog
from portal.services.connected_authorities import ConnectedAuthorities
from portal.services.connector_checks import ConnectorChecks
from portal.services.connector_trial import ConnectorTrial
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.enrolling_accounts import EnrollingAccounts
from portal.services.enrolling_door import EnrollingDoor
from portal.services.own_authority import OwnAuthority

#: The name of the authority that comes with the product, as templates of policies name it.
BUILTIN_CA: Final = "main"


class Connecting(Agency):
    """Services about connectors, and the authorities behind them."""

    @cached_property
    def connectors(self) -> Connectors:
        """What people do about them."""
        return Connectors(self.database, self.clock, self.vault, self.reader, (BUILTIN_CA,))

    @cached_property
    def connector_watch(self) -> ConnectorWatch:
        """How they answer."""
        return ConnectorWatch(self.database, self.clock)

    @cached_property
    def connector_trial(self) -> ConnectorTrial:
        """Tries one."""
        clock, log = self.clock, AuditLog(self.database, self.clock)
        return ConnectorTrial(self.connectors, self.connector_watch, lambda values: check(values, clock), log)

    @cached_property
    def connector_checks(self) -> ConnectorChecks:
        """Has one tried by a worker."""
        return ConnectorChecks(self.database, self.clock, self.connector_trial, self.queue)

    @cached_property
    def ca_place(self) -> CaPlace:
        """Where the built-in authority keeps its rows and keys."""
        settings = self.settings
        store = CaStore(settings.ca_database_url)
        return CaPlace(store, settings.data_dir / "ca", self.vault, self.clock, settings.base_url)

    @cached_property
    def own_authority(self) -> OwnAuthority:
        """Looks after the authority that comes with the product."""
        place = self.ca_place
        desk = BuiltinHealth(BUILTIN_CA, place.store, lambda: open_authority(place, BUILTIN_CA))
        return OwnAuthority(self.database, self.clock, desk, self.queue)

    @cached_property
    def enrolling_accounts(self) -> EnrollingAccounts:
        """Programs of other people that may order of the built-in authority."""
        return EnrollingAccounts(self.settings.data_dir / "ca" / "est-accounts.json", self.vault)

    @cached_property
    def enrolling_door(self) -> EnrollingDoor:
        """Where they show their passwords."""
        return EnrollingDoor(self.database, self.clock, self.enrolling_accounts)

    @cached_property
    def authorities(self) -> ConnectedAuthorities:
        """Certification authorities by name."""
        own = ConfiguredAuthorities({BUILTIN_CA: lambda: open_authority(self.ca_place, BUILTIN_CA)})
        clock = self.clock
        return ConnectedAuthorities(
            own,
            (BUILTIN_CA,),
            self.database,
            self.vault,
            self.connector_watch,
            lambda values: open_connected(values, clock),
        )
