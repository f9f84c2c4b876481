"""One Redis subscription per process, however many listeners it has."""

import os
import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

import redis
import structlog

from portal.connectors.redis_client import connect_for_waiting

FIRST_WAIT: Final = 1.0
RECONNECT_AFTER: Final = 0.5

_HUBS: Final["weakref.WeakSet[RedisHub]"] = weakref.WeakSet()

log = structlog.get_logger(__name__)


class Listener(Iterator[int | None]):
    """What came on one channel: the newest number, or None after each ``beat`` of silence.

    Numbers that pile up while nobody looks become one: each is only a hint that there is news.
    """

    def __init__(self, beat: float) -> None:
        self._beat = beat
        self._newest: int | None = None
        self._called = False
        self._closed = False
        self._changed = threading.Condition()

    def tell(self, number: int | None) -> None:
        """There is news; without a number: there may be, look."""
        with self._changed:
            self._called = True
            if number is not None:
                self._newest = max(number, self._newest or number)
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()

    def __next__(self) -> int | None:
        with self._changed:
            self._changed.wait_for(lambda: self._called or self._closed, self._beat)
            if self._closed:
                raise StopIteration
            newest, self._newest, self._called = self._newest, None, False
            return newest


class RedisHub:
    """Listens to all channels of a pattern in one thread, made when first needed and again after a fork."""

    def __init__(self, url: str, pattern: str) -> None:
        self._url = url
        self._pattern = pattern
        self._lock = threading.Lock()
        self._reset()
        _HUBS.add(self)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._listeners: defaultdict[str, weakref.WeakSet[Listener]] = defaultdict(weakref.WeakSet)

    def listen(self, channel: str, beat: float) -> Listener:
        """Listen from now on; the listener leaves when nobody holds it any more."""
        listener = Listener(beat)
        with self._lock:
            self._listeners[channel].add(listener)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="redis-hub", daemon=True)
                self._thread.start()
        self._ready.wait(FIRST_WAIT)
        return listener

    def _run(self) -> None:
        while True:
            try:
                self._subscribe()
            except (redis.RedisError, OSError) as error:
                if self._ready.is_set():  # said once, not at each attempt
                    log.warning("hub_lost_redis", error=type(error).__name__)
            self._ready.clear()
            time.sleep(RECONNECT_AFTER)

    def _subscribe(self) -> None:
        with connect_for_waiting(self._url) as client, client.pubsub() as subscription:
            subscription.psubscribe(self._pattern)
            for message in subscription.listen():
                self._receive(message)

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "psubscribe":
            self._ready.set()
            self._tell_all()  # what was said while we were away is lost: everybody should look
        elif message["type"] == "pmessage" and message["data"].isdigit():
            self._tell(message["channel"].decode(), int(message["data"]))

    def _tell(self, channel: str, number: int) -> None:
        with self._lock:
            found = list(self._listeners.get(channel, ()))
            if not found:
                self._listeners.pop(channel, None)
        for listener in found:
            listener.tell(number)

    def _tell_all(self) -> None:
        with self._lock:
            found = [listener for group in self._listeners.values() for listener in group]
        for listener in found:
            listener.tell(None)


def _forget_parent() -> None:
    # a child inherits neither the thread nor the right to use the parent's connection
    for hub in _HUBS:
        hub._reset()  # noqa: SLF001 - one module, one owner


os.register_at_fork(after_in_child=_forget_parent)
