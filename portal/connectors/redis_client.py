"""How everything of ours connects to Redis: short waits, a few quick tries, then an honest failure."""

from typing import Final

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

PREFIX: Final = "klyuchnik"  # of every key and channel of ours
PATIENCE: Final = 2.0
TRIES: Final = 3

#: What the client raises when Redis is away, whatever the layer that noticed.
RedisDown: Final = (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError, redis.ReadOnlyError)


def connect(url: str) -> "redis.Redis":
    """A client for short commands; safe to make before a fork, it connects when first used."""
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        driver_info=None,  # who asks is of no use, and looking it up costs a work-horse more than all its orders
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), TRIES),
    )


def connect_for_waiting(url: str) -> "redis.Redis":
    """A client for reads that block; redis-py would otherwise give up after five seconds."""
    return redis.Redis.from_url(
        url,
        socket_timeout=None,
        socket_connect_timeout=PATIENCE,
        driver_info=None,
        retry=Retry(ExponentialBackoff(cap=0.2, base=0.02), 0),
    )
