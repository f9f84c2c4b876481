"""PIN tickets in Redis: sealed, bound to one update and token, gone within minutes."""

import hmac
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

import redis
import structlog

from portal.connectors.redis_client import PREFIX, RedisDown
from portal.connectors.sealing import derive, seal, unseal
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.ports.clock import Clock
from portal.ports.token import Pin

LONGEST_LIFE: Final = timedelta(minutes=10)
REFUSED_LIFE: Final = timedelta(hours=24)
_EXPIRY: Final = struct.Struct(">Q")  # milliseconds since 1970
_LENGTH: Final = struct.Struct(">H")
_BLOCK: Final = 64  # a ticket tells nothing of how long the PIN is

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Keys:
    tickets: bytes
    refused: bytes


class RedisPinTickets:
    """Seals with a key that is neither in Redis nor in the database; raises OutsideUnavailable when Redis is away."""

    def __init__(self, client: "redis.Redis", master: bytes, clock: Clock, *, life: timedelta = LONGEST_LIFE) -> None:
        self._redis = client
        self._keys = _Keys(derive(master, "pin tickets"), derive(master, "refused pins"))
        self._clock = clock
        self._life = min(life, LONGEST_LIFE)

    def keep(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self._keep(_ticket_key(update), _place(update, serial), pin)

    def keep_new(self, update: UpdateId, serial: str, pin: Pin) -> None:
        self._keep(_new_key(update), _new_place(update, serial), pin)

    def _keep(self, key: str, place: bytes, pin: Pin) -> None:
        expiry = _EXPIRY.pack(self._milliseconds() + self._life // timedelta(milliseconds=1))
        plain = _padded(pin)
        try:
            sealed = seal(self._keys.tickets, plain, place + expiry)
        finally:
            plain[:] = bytes(len(plain))
        with _redis_answers():
            self._redis.set(key, expiry + sealed, px=self._life)

    def take(self, update: UpdateId, serial: str) -> Pin | None:
        return self._take(_ticket_key(update), _place(update, serial))

    def take_new(self, update: UpdateId, serial: str) -> Pin | None:
        return self._take(_new_key(update), _new_place(update, serial))

    def _take(self, key: str, place: bytes) -> Pin | None:
        with _redis_answers():
            stored = self._redis.get(key)
        if not isinstance(stored, bytes) or not self._in_time(stored[: _EXPIRY.size]):
            return None
        expiry, sealed = stored[: _EXPIRY.size], stored[_EXPIRY.size :]
        try:
            plain = unseal(self._keys.tickets, sealed, place + expiry)
        except ValueError:
            log.warning("pin_ticket_unusable", ticket=key)
            return None
        return _unpadded(plain)

    def destroy(self, update: UpdateId) -> None:
        with _redis_answers():
            self._redis.delete(_ticket_key(update))

    def destroy_new(self, update: UpdateId) -> None:
        with _redis_answers():
            self._redis.delete(_new_key(update))

    def alive(self, update: UpdateId) -> bool:
        with _redis_answers():
            stored = self._redis.getrange(_ticket_key(update), 0, _EXPIRY.size - 1)
        return isinstance(stored, bytes) and self._in_time(stored)

    def remember_refused(self, serial: str, pin: Pin) -> None:
        with _redis_answers():
            self._redis.set(self._refused_key(serial, pin), b"1", px=REFUSED_LIFE)

    def forget_refused(self, serial: str, pin: Pin) -> None:
        with _redis_answers():
            self._redis.delete(self._refused_key(serial, pin))

    def was_refused(self, serial: str, pin: Pin) -> bool:
        with _redis_answers():
            return bool(self._redis.exists(self._refused_key(serial, pin)))

    def _milliseconds(self) -> int:
        return int(self._clock.now().timestamp() * 1000)

    def _in_time(self, expiry: bytes) -> bool:
        # a clock set back must not give a ticket a longer life than it was made for
        if len(expiry) != _EXPIRY.size:
            return False
        (end,) = _EXPIRY.unpack(expiry)
        left = int(end) - self._milliseconds()
        return 0 < left <= self._life // timedelta(milliseconds=1)

    def _refused_key(self, serial: str, pin: Pin) -> str:
        message = bytearray(f"{serial}\0{pin.reveal()}", "utf-8")
        digest = hmac.new(self._keys.refused, message, sha256).hexdigest()
        message[:] = bytes(len(message))
        return f"{PREFIX}:pin:refused:{digest}"


def _ticket_key(update: UpdateId) -> str:
    return f"{PREFIX}:pin:ticket:{update}"


def _new_key(update: UpdateId) -> str:
    return f"{PREFIX}:pin:new:{update}"


def _place(update: UpdateId, serial: str) -> bytes:
    """What a ticket is bound to; its expiry follows."""
    return b"%d\0%b\0" % (update, serial.encode())


def _new_place(update: UpdateId, serial: str) -> bytes:
    return b"new\0" + _place(update, serial)


def _padded(pin: Pin) -> bytearray:
    text = bytearray(pin.reveal(), "utf-8")
    block = bytearray(_LENGTH.pack(len(text)) + text)
    text[:] = bytes(len(text))
    block.extend(bytes(-len(block) % _BLOCK))
    return block


def _unpadded(plain: bytes) -> Pin:
    (length,) = _LENGTH.unpack_from(plain)
    return Pin(plain[_LENGTH.size : _LENGTH.size + length].decode())


@contextmanager
def _redis_answers() -> Iterator[None]:
    try:
        yield
    except RedisDown as error:
        raise OutsideUnavailable("redis_unavailable") from error
