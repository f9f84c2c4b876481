"""Tells pages how far a file of people is: a number that lives for minutes, and a word that it changed."""

from collections.abc import Iterator
from typing import Final

import redis
import structlog

from portal.connectors.redis_client import PREFIX, RedisDown
from portal.connectors.redis_hub import RedisHub
from portal.connectors.redis_whisper import Whisper
from portal.domain.ids import ImportId

LIFE: Final = "3600"

log = structlog.get_logger(__name__)


class RedisImportFeed:
    """A hint like any other in Redis: the row of the file is the truth."""

    def __init__(self, client: "redis.Redis", hub: RedisHub) -> None:
        self._client = client
        self._whisper = Whisper(client)
        self._hub = hub

    def announce(self, number: ImportId, fence: int, done: int) -> bool:
        try:
            self._whisper.say("SET", _key(number, fence), str(done), "EX", LIFE)
            self._whisper.say("PUBLISH", _channel(number), str(done))
        except RedisDown as error:
            log.warning("announcement_lost", people_import=number, error=type(error).__name__)
            return False
        return True

    def reached(self, number: ImportId, fence: int) -> int:
        try:
            found = self._client.get(_key(number, fence))
        except RedisDown:
            return 0
        return int(found) if isinstance(found, bytes) and found.isdigit() else 0

    def listen(self, number: ImportId, *, beat: float) -> Iterator[int | None]:
        return self._hub.listen(_channel(number), beat)


def _key(number: ImportId, fence: int) -> str:
    return f"{PREFIX}:import:{number}:{fence}"


def _channel(number: ImportId) -> str:
    return f"{PREFIX}:progress:import-{number}"
