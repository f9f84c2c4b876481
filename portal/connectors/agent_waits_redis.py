"""Workstations that wait to be called, thousands in one process, all behind one subscription."""

import asyncio
import time
from collections import defaultdict
from contextlib import suppress
from typing import Final

import redis
import redis.asyncio
import structlog

from portal.connectors.agent_bell_keys import CHANNELS, CONTACTS, call_of, pass_of
from portal.connectors.redis_client import PATIENCE, RedisDown

RECONNECT_AFTER: Final = 0.5
#: Who may not wait is not sent round in circles faster than this.
BREATH: Final = 1.0
#: Who cannot be called is let go after this: he asks by himself at his time, and is told when calls are heard again.
UNHEARD: Final = 15.0
#: So many are told each second that they should look when everybody should.
TOLD_EACH_SECOND: Final = 200

log = structlog.get_logger(__name__)


class AgentWaits:
    """The side of those who wait; the other one is agent_bell_redis."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client = redis.asyncio.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._lost = True
        self._closed = False

    async def wait(self, uid: str, serial: str, *, patience: float) -> bool:
        """Whether there may be something to poll for; False when nobody called for so long.

        Whoever has not polled with this certificate lately is sent to poll: there he is recognised, or refused.
        """
        called = asyncio.Event()
        self._waiting[uid].add(called)  # before it is looked whether somebody called already
        try:
            if await self._called_before(uid, serial):
                return True
            with suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), min(UNHEARD, patience) if self._lost else patience)
            return called.is_set() and not self._closed
        finally:
            self._leave(uid, called)

    async def listen(self) -> None:
        """Pass calls on until cancelled."""
        while True:
            try:
                await self._subscribe()
            except (*RedisDown, OSError) as error:
                if not self._lost:  # said once, not at each attempt
                    log.warning("waits_lost_redis", error=type(error).__name__)
            self._lost = True
            await asyncio.sleep(RECONNECT_AFTER)

    async def close(self) -> None:
        """Let everybody go."""
        self._closed = True
        for uid in self._waiting:
            self._tell(uid)
        await self._client.aclose()

    async def _called_before(self, uid: str, serial: str) -> bool:
        try:
            async with self._client.pipeline(transaction=False) as line:
                line.get(pass_of(uid))
                line.get(call_of(uid))
                line.hset(CONTACTS, uid, str(int(time.time())))
                admitted, call, _seen = await line.execute()
        except RedisDown:
            return False
        if admitted is None or admitted.decode() != serial:
            await asyncio.sleep(BREATH)
            return True
        return call is not None

    async def _subscribe(self) -> None:
        async with (
            redis.asyncio.Redis.from_url(self._url, socket_timeout=None) as client,
            client.pubsub() as subscription,
        ):
            await subscription.psubscribe(f"{CHANNELS}*")
            async for message in subscription.listen():
                if message["type"] == "psubscribe":
                    self._lost = False
                    self._tell_all()  # what was said while we were away is lost: everybody should look
                elif message["type"] == "pmessage":
                    self._tell(message["channel"].decode().removeprefix(CHANNELS))

    def _tell(self, uid: str) -> None:
        for called in self._waiting.get(uid, ()):
            called.set()

    def _tell_all(self) -> None:
        loop = asyncio.get_running_loop()
        for number, uid in enumerate(self._waiting):
            loop.call_later(number / TOLD_EACH_SECOND, self._tell, uid)

    def _leave(self, uid: str, called: asyncio.Event) -> None:
        self._waiting[uid].discard(called)
        if not self._waiting[uid]:
            del self._waiting[uid]
