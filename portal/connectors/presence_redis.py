"""Which tokens are plugged in, kept in Redis by whoever looks and read by everybody; nobody's word outlives seconds."""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import redis
import structlog

from portal.connectors.presence_json import dump_sighting, load_sighting
from portal.connectors.redis_client import PREFIX, RedisDown
from portal.domain.contents import TokenSighting

EXPIRY: Final = timedelta(seconds=3)
FORGET_AFTER: Final = 3600  # names left behind by a watcher that died
CHANNEL: Final = f"{PREFIX}:presence"
_ALL: Final = f"{PREFIX}:tokens"

log = structlog.get_logger(__name__)


class RedisTokenWatch:
    """Reads what RedisPresence wrote; while Redis is away no token is seen."""

    def __init__(self, client: "redis.Redis") -> None:
        self._redis = client

    def seen(self, serial: str) -> TokenSighting | None:
        return next(iter(self._read([serial])), None)

    def all_seen(self) -> tuple[TokenSighting, ...]:
        try:
            names = self._redis.zrange(_ALL, 0, -1)
        except RedisDown:
            return ()
        return self._read([name.decode() for name in names if isinstance(name, bytes)])

    def _read(self, serials: list[str]) -> tuple[TokenSighting, ...]:
        if not serials:
            return ()
        try:
            found = self._redis.mget([_key(serial) for serial in serials])
        except RedisDown as error:
            log.warning("presence_unknown", error=type(error).__name__)
            return ()
        return tuple(seen for text in found if isinstance(text, bytes) and (seen := _readable(text)))


class RedisPresence:
    """Publishes what one watcher sees, as often as it looks; a token it no longer sees is gone at once."""

    def __init__(self, client: "redis.Redis", *, expiry: timedelta = EXPIRY) -> None:
        self._redis = client
        self._expiry = expiry
        self._last: dict[str, bytes] = {}

    def publish(self, sightings: Iterable[TokenSighting]) -> None:
        """Everything this watcher sees now, in one round trip."""
        now = {sighting.serial: dump_sighting(sighting) for sighting in sightings}
        gone = sorted(self._last.keys() - now.keys())
        try:
            self._write(now, gone)
        except RedisDown as error:
            log.warning("presence_lost", error=type(error).__name__)
            return
        self._last = now

    def _write(self, now: dict[str, bytes], gone: list[str]) -> None:
        with self._redis.pipeline(transaction=False) as pipe:
            for serial, text in now.items():
                pipe.set(_key(serial), text, px=self._expiry)
            if now:
                pipe.zadd(_ALL, dict.fromkeys(now, time.time()))
            if gone:
                pipe.delete(*map(_key, gone))
                pipe.zrem(_ALL, *gone)
            pipe.zremrangebyscore(_ALL, 0, time.time() - FORGET_AFTER)
            if now != self._last:
                pipe.publish(CHANNEL, str(len(now)))
            pipe.execute()


def _readable(text: bytes) -> TokenSighting | None:
    try:
        return load_sighting(text)
    except (ValueError, TypeError, KeyError, AttributeError):  # of a watcher of another version
        log.warning("sighting_unreadable")
        return None


def _key(serial: str) -> str:
    return f"{PREFIX}:token:{serial}"
