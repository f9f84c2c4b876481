"""Calls workstations through publish and subscribe, and remembers for a while who was called and who waits."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import redis
import structlog

from portal.connectors.agent_bell_keys import CALL_LIFE, CONTACTS, PASS_LIFE, call_of, channel_of, pass_of
from portal.connectors.redis_client import RedisDown

log = structlog.get_logger(__name__)


class RedisAgentBell:
    """The side of those who call; those who wait are served by portal.front."""

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def wake(self, *uids: str) -> None:
        if not uids:
            return
        with self._client.pipeline(transaction=False) as line:
            for uid in uids:  # written down before it is said: who is on his way to wait finds it
                line.set(call_of(uid), "1", ex=CALL_LIFE)
                line.publish(channel_of(uid), "1")
            self._send(line)

    def polled(self, uid: str, serial: str) -> None:
        with self._client.pipeline(transaction=False) as line:
            line.delete(call_of(uid))
            line.set(pass_of(uid), serial, ex=PASS_LIFE)
            line.hset(CONTACTS, uid, str(int(time.time())))
            self._send(line)

    def shut(self, uid: str) -> None:
        with self._client.pipeline(transaction=False) as line:
            line.delete(pass_of(uid))
            line.hdel(CONTACTS, uid)
            line.publish(channel_of(uid), "1")
            self._send(line)

    def contacts(self, uids: Collection[str]) -> Mapping[str, datetime]:
        if not uids:
            return {}
        asked = list(uids)
        try:
            found: list[bytes | None] = self._client.hmget(CONTACTS, asked)  # type: ignore[assignment]
        except RedisDown:
            return {}
        return {
            uid: datetime.fromtimestamp(float(seen), UTC)
            for uid, seen in zip(asked, found, strict=True)
            if seen is not None
        }

    def all_contacts(self) -> Mapping[str, datetime]:
        try:
            found: dict[bytes, bytes] = self._client.hgetall(CONTACTS)  # type: ignore[assignment]
        except RedisDown:
            return {}
        return {uid.decode(): datetime.fromtimestamp(float(seen), UTC) for uid, seen in found.items()}

    def _send(self, line: "redis.client.Pipeline") -> None:
        try:
            line.execute()
        except RedisDown as error:
            log.warning("agents_not_called", error=type(error).__name__)
