"""What every progress feed promises."""

import os
import threading
import time
from collections.abc import Iterator

import pytest

from portal.connectors.progress_redis import RedisProgressFeed
from portal.connectors.redis_client import connect
from portal.domain.ids import UpdateId
from portal.ports.queue import ProgressFeed
from tests.support.servers import Valkey, valkey

ONE, OTHER = UpdateId(1), UpdateId(2)


def redis_feed(server: Valkey) -> RedisProgressFeed:
    return RedisProgressFeed.at(connect(server.url), server.url)


@pytest.fixture
def feed(queue_server: Valkey) -> ProgressFeed:
    return redis_feed(queue_server)


def listening(feed: ProgressFeed, update: UpdateId = ONE, beat: float = 5) -> Iterator[int | None]:
    """Somebody who is heard of by the server: on a busy machine that may take longer than listening waits for it."""
    stream = feed.listen(update, beat=beat)
    assert isinstance(feed, RedisProgressFeed)
    assert feed._hub._ready.wait(120)
    return stream


def first(stream: Iterator[int | None]) -> int:
    """The next number, over any beats."""
    for number in stream:
        if number is not None:
            return number
    raise AssertionError("the stream ended")


def test_a_listener_hears_its_update(feed: ProgressFeed) -> None:
    stream = listening(feed)
    feed.announce(ONE, 7)
    assert first(stream) == 7


def test_it_listens_from_the_call_on_not_from_the_first_look(feed: ProgressFeed) -> None:
    stream = listening(feed)
    feed.announce(ONE, 3)
    time.sleep(0.05)
    assert first(stream) == 3


def test_it_hears_nothing_of_others(feed: ProgressFeed) -> None:
    stream = listening(feed, beat=0.1)
    feed.announce(OTHER, 9)
    feed.announce(ONE, 1)
    assert first(stream) == 1


def test_silence_is_a_beat(feed: ProgressFeed) -> None:
    stream = feed.listen(ONE, beat=0.02)
    assert [next(stream) for _ in range(3)] == [None, None, None]


def test_news_nobody_took_becomes_one(feed: ProgressFeed) -> None:
    stream = listening(feed)
    for number in range(1, 200):
        feed.announce(ONE, number)
    last = 0
    while last < 199:
        last = first(stream)
    assert last == 199


def test_all_listeners_of_an_update_hear_it(feed: ProgressFeed) -> None:
    streams = [listening(feed) for _ in range(20)]
    feed.announce(ONE, 4)
    assert [first(stream) for stream in streams] == [4] * 20


class TestRedis:
    """What only Redis can get wrong."""

    def test_one_connection_serves_all_listeners(self) -> None:
        with valkey() as server:  # its own: hubs of earlier tests connect to the other when they please
            feed = redis_feed(server)
            streams = [listening(feed, UpdateId(n)) for n in range(50)]
            assert subscribers(server) == 1
        assert len(streams) == 50

    def test_listeners_that_left_are_forgotten(self, queue_server: Valkey) -> None:
        feed = redis_feed(queue_server)
        stream = listening(feed)
        assert len(feed._hub._listeners["klyuchnik:progress:1"]) == 1
        del stream
        feed.announce(ONE, 1)
        kept = listening(feed, OTHER)
        feed.announce(OTHER, 1)
        first(kept)
        assert "klyuchnik:progress:1" not in feed._hub._listeners

    def test_listeners_survive_a_lost_connection_and_are_told_to_look(self, queue_server: Valkey) -> None:
        feed = redis_feed(queue_server)
        stream = feed.listen(ONE, beat=300)
        next(stream)  # the first subscription says: look
        with queue_server.client() as client:
            client.client_kill_filter(_type="pubsub")
        assert next(stream) is None  # subscribed again, long before the beat
        feed.announce(ONE, 2)
        assert first(stream) == 2

    def test_without_redis_it_only_beats(self) -> None:
        nowhere = "unix:///nowhere/redis.sock"
        feed = RedisProgressFeed.at(connect(nowhere), nowhere)
        feed.announce(ONE, 1)
        assert next(feed.listen(ONE, beat=0.01)) is None

    def test_a_forked_child_listens_for_itself(self, queue_server: Valkey) -> None:
        feed = redis_feed(queue_server)
        parent = listening(feed)
        child = os.fork()
        if child == 0:
            told = threading.Timer(0.2, feed.announce, (ONE, 5))
            stream = listening(feed)
            told.start()
            os._exit(first(stream))
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 5
        assert first(parent) == 5


def subscribers(server: Valkey) -> int:
    """How many connections listen to patterns now."""
    with server.client() as client:
        return sum(1 for found in client.client_list() if int(found["psub"]))
