"""Tells pages that something moved, through publish and subscribe; the rows stay the truth."""

from collections.abc import Iterator

import redis
import structlog

from portal.connectors.redis_client import PREFIX, RedisDown
from portal.connectors.redis_hub import RedisHub
from portal.connectors.redis_whisper import Whisper

log = structlog.get_logger(__name__)


class RedisProgressFeed:
    """A lost announcement costs one beat: listeners look at the rows when nothing comes, too.

    ``kind`` keeps apart what is numbered apart; updates have none.
    """

    def __init__(self, client: "redis.Redis", hub: RedisHub, kind: str = "") -> None:
        self._whisper = Whisper(client)
        self._hub = hub
        self._kind = kind

    @classmethod
    def at(cls, client: "redis.Redis", url: str) -> "RedisProgressFeed":
        """A feed with a hub of its own at the same server."""
        return cls(client, RedisHub(url, f"{PREFIX}:progress:*"))

    def announce(self, number: int, sequence: int) -> None:
        self.tell(number, sequence)

    def tell(self, number: int, sequence: int) -> bool:
        try:
            self._whisper.say("PUBLISH", self._channel(number), str(sequence))
        except RedisDown as error:
            log.warning("announcement_lost", about=f"{self._kind}{number}", error=type(error).__name__)
            return False
        return True

    def listen(self, number: int, *, beat: float) -> Iterator[int | None]:
        return self._hub.listen(self._channel(number), beat)

    def _channel(self, number: int) -> str:
        return f"{PREFIX}:progress:{self._kind}{number}"
