"""Says something to Redis and waits for no answer: for hints whose loss costs nothing but a moment."""

import os
import threading
from contextlib import suppress

import redis

from portal.connectors.redis_client import RedisDown


class Whisper:
    """One connection of its own per process, told to answer nothing; threads take turns on it.

    Each answer would cost whoever speaks a change of processes there and back, at every step of an update.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._pool = client.connection_pool
        self._begin()

    def _begin(self) -> None:
        # after a fork: the parent's connection is not ours, and not ours to close either
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._connection: redis.Connection | None = None

    def say(self, *command: str) -> None:
        """Send the command; raises what RedisDown names when the server is away, once a new connection failed, too."""
        if self._process != os.getpid():
            self._begin()
        packed = [_packed(command)]
        with self._lock:
            try:
                self._connected().send_packed_command(packed, check_health=False)  # type: ignore[no-untyped-call]
            except RedisDown:
                self._forget()
                self._connected().send_packed_command(packed, check_health=False)  # type: ignore[no-untyped-call]

    def _connected(self) -> "redis.Connection":
        if self._connection is None:
            made = self._pool.connection_class(**self._pool.connection_kwargs)
            made.connect()
            made.send_command("CLIENT", "REPLY", "OFF", check_health=False)
            self._connection = made
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            with suppress(*RedisDown):
                self._connection.disconnect()  # type: ignore[no-untyped-call]
            self._connection = None


def _packed(command: tuple[str, ...]) -> bytes:
    """As it goes over the wire; the client's own way of writing it is made for any command, and takes as long."""
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
