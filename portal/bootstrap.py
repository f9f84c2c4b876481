"""The composition root: every part made once and handed what it needs; used by web, jobs, command line and tests."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from portal.connectors.authorities import ConfiguredAuthorities
from portal.connectors.ca.builtin.setup import CaPlace, open_authority
from portal.connectors.ca.builtin.store import CaStore
from portal.connectors.clock import SystemClock
from portal.connectors.presence_redis import RedisPresence, RedisTokenWatch
from portal.connectors.progress_redis import RedisProgressFeed
from portal.connectors.queue_rq import RqJobQueue
from portal.connectors.redis_client import connect
from portal.connectors.registers.configured import ConfiguredRegisters
from portal.connectors.registers.ledger import DeviceLedger
from portal.connectors.tickets_redis import RedisPinTickets
from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.transaction import Database
from portal.domain.policy import Register
from portal.ports.clock import Clock
from portal.ports.vault import Vault
from portal.services.accounts import Accounts
from portal.services.audit import AuditLog
from portal.services.bell import Bell
from portal.services.commons import Commons
from portal.services.devices import Devices
from portal.services.monitor import Monitor
from portal.services.people import People
from portal.services.revocations import Revocations
from portal.services.sessions import Sessions
from portal.services.step_context import Outside
from portal.services.sweeping import Sweeper
from portal.services.updates import Updates
from portal.settings import Settings

if TYPE_CHECKING:
    import redis

#: The name of the authority that comes with the product, as templates of policies name it.
BUILTIN_CA: Final = "main"


@dataclass(frozen=True)
class Portal:
    """The wired product. Parts are made when first used, so that each process pays only for its own.

    Nothing here loads a PKCS#11 library: the desk does, in a work-horse, when a token is opened.
    """

    settings: Settings
    clock: Clock

    @cached_property
    def database(self) -> Database:
        """The one door to the rows."""
        return Database(self.settings.database_url)

    @cached_property
    def redis(self) -> "redis.Redis":
        """For short commands."""
        return connect(self.settings.redis_url)

    @cached_property
    def vault(self) -> Vault:
        """Opens what lies sealed in the database."""
        return LocalVault(self.settings.master_key())

    @cached_property
    def tickets(self) -> RedisPinTickets:
        """PINs, for minutes."""
        return RedisPinTickets(self.redis, self.settings.master_key(), self.clock, life=self.settings.pin_ticket_life)

    @cached_property
    def watch(self) -> RedisTokenWatch:
        """Which tokens are plugged in."""
        return RedisTokenWatch(self.redis)

    @cached_property
    def presence(self) -> RedisPresence:
        """Where a watcher tells what it sees."""
        return RedisPresence(self.redis, expiry=self.settings.presence_expiry)

    @cached_property
    def feed(self) -> RedisProgressFeed:
        """Hints that an update moved."""
        return RedisProgressFeed.at(self.redis, self.settings.redis_url)

    @cached_property
    def bell(self) -> Bell:
        """Calls workers."""
        return Bell(self.database, RqJobQueue(self.redis), self.feed)

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
    def registers(self) -> ConfiguredRegisters:
        """Registers of devices, each a ledger of its own until the products' connectors are configured."""
        folder = self.settings.registers_dir
        return ConfiguredRegisters({kind: DeviceLedger(folder / f"{kind.value}.db", self.clock) for kind in Register})

    @cached_property
    def reader(self) -> X509Reader:
        """Reads certificates."""
        return X509Reader()

    @cached_property
    def commons(self) -> Commons:
        """Common certificates of policies."""
        return Commons(self.database, self.vault, self.reader)

    @cached_property
    def desk(self) -> Pkcs11Desk:
        """Tokens plugged into this machine."""
        return Pkcs11Desk(self.settings.pkcs11_modules, self.reader)

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
        )

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

    @cached_property
    def people(self) -> People:
        """Questions about people."""
        return People(self.database)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return Sessions(self.database, self.clock, idle=self.settings.session_idle, life=self.settings.session_life)

    @cached_property
    def accounts(self) -> Accounts:
        """Who may sign in."""
        return Accounts(self.database, self.clock, self.sessions)

    @cached_property
    def audit(self) -> AuditLog:
        """The log of everything."""
        return AuditLog(self.database, self.clock)


def build(settings: Settings, clock: Clock | None = None) -> Portal:
    """The product for these settings."""
    return Portal(settings, clock or SystemClock())
