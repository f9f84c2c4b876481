"""Tells pages that an update moved, through publish and subscribe; the journal stays the truth."""

from collections.abc import Iterator

import redis
import structlog

from portal.connectors.redis_client import PREFIX, RedisDown
from portal.connectors.redis_hub import RedisHub
from portal.connectors.redis_whisper import Whisper
from portal.domain.ids import UpdateId

log = structlog.get_logger(__name__)


class RedisProgressFeed:
    """A lost announcement costs one beat: listeners look at the journal when nothing comes, too."""

    def __init__(self, client: "redis.Redis", hub: RedisHub) -> None:
        self._whisper = Whisper(client)
        self._hub = hub

    @classmethod
    def at(cls, client: "redis.Redis", url: str) -> "RedisProgressFeed":
        """A feed with a hub of its own at the same server."""
        return cls(client, RedisHub(url, f"{PREFIX}:progress:*"))

    def announce(self, update: UpdateId, sequence: int) -> None:
        try:
            self._whisper.say("PUBLISH", _channel(update), str(sequence))
        except RedisDown as error:
            log.warning("announcement_lost", update=update, error=type(error).__name__)

    def listen(self, update: UpdateId, *, beat: float) -> Iterator[int | None]:
        return self._hub.listen(_channel(update), beat)


def _channel(update: UpdateId) -> str:
    return f"{PREFIX}:progress:{update}"
