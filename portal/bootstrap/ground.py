"""The ground every process stands on: the database, Redis, the vault and the bell."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from portal.connectors.imports_redis import RedisImportFeed
from portal.connectors.presence_redis import RedisPresence, RedisTokenWatch
from portal.connectors.progress_redis import RedisProgressFeed
from portal.connectors.queue_rq import RqJobQueue
from portal.connectors.redis_client import PREFIX, connect
from portal.connectors.redis_hub import RedisHub
from portal.connectors.tickets_redis import RedisPinTickets
from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.transaction import Database
from portal.ports.clock import Clock
from portal.ports.vault import Vault
from portal.services.bell import Bell
from portal.settings import Settings

if TYPE_CHECKING:
    import redis


@dataclass(frozen=True)
class Ground:
    """What every other part is made of."""

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
        return RedisProgressFeed(self.redis, self._hub)

    @cached_property
    def import_feed(self) -> RedisImportFeed:
        """Hints how far files of people are."""
        return RedisImportFeed(self.redis, self._hub)

    @cached_property
    def sync_feed(self) -> RedisProgressFeed:
        """Hints that a synchronization moved."""
        return RedisProgressFeed(self.redis, self._hub, "sync-")

    @cached_property
    def _hub(self) -> RedisHub:
        """One subscription for all that moves."""
        return RedisHub(self.settings.redis_url, f"{PREFIX}:progress:*")

    @cached_property
    def bell(self) -> Bell:
        """Calls workers."""
        return Bell(self.database, self.queue, self.feed)

    @cached_property
    def queue(self) -> RqJobQueue:
        """Where workers are called."""
        return RqJobQueue(self.redis)

    @cached_property
    def reader(self) -> X509Reader:
        """Reads certificates."""
        return X509Reader()
