"""Which tokens are plugged in, as one process writes it and others read it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.connectors.presence_redis import CHANNEL, RedisPresence, RedisTokenWatch
from portal.connectors.redis_client import connect
from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenKey, TokenSighting
from tests.support.servers import Valkey
from tests.support.waiting import eventually

CERTIFICATE = TokenCertificate(
    fingerprint="aa" * 32,
    key_id="01",
    label="Вход в домен",
    subject="CN=Иванов",
    issuer="CN=УЦ",
    serial="7f",
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    has_key=True,
)
CONTENTS = TokenContents("s1", (CERTIFICATE,), (TokenKey("01", "Вход", "rsa2048", public=True, private=None),))
ONE = TokenSighting("s1", "Токен", "Rutoken", "Актив", PinTries.LOW, CONTENTS, 4096, "this server")
TWO = TokenSighting("s 2", "", "", "", PinTries.PLENTY, None, trouble="unreadable")


@pytest.fixture
def presence(queue_server: Valkey) -> RedisPresence:
    return RedisPresence(connect(queue_server.url))


@pytest.fixture
def watch(queue_server: Valkey) -> RedisTokenWatch:
    return RedisTokenWatch(connect(queue_server.url))


def test_what_is_published_is_seen_whole(presence: RedisPresence, watch: RedisTokenWatch) -> None:
    presence.publish([ONE, TWO])
    assert watch.seen("s1") == ONE
    assert watch.seen("s 2") == TWO
    assert set(watch.all_seen()) == {ONE, TWO}
    assert watch.seen("s3") is None


def test_a_token_pulled_is_gone_at_the_next_look(presence: RedisPresence, watch: RedisTokenWatch) -> None:
    presence.publish([ONE, TWO])
    presence.publish([TWO])
    assert watch.seen("s1") is None
    assert watch.all_seen() == (TWO,)
    presence.publish([])
    assert watch.all_seen() == ()


def test_changed_contents_are_seen_at_once(presence: RedisPresence, watch: RedisTokenWatch) -> None:
    presence.publish([ONE])
    presence.publish([replace(ONE, contents=replace(CONTENTS, certificates=()))])
    seen = watch.seen("s1")
    assert seen is not None
    assert seen.contents is not None
    assert seen.contents.certificates == ()


def test_a_watcher_that_died_is_not_believed(queue_server: Valkey, watch: RedisTokenWatch) -> None:
    presence = RedisPresence(connect(queue_server.url), expiry=timedelta(hours=1))
    presence.publish([ONE])
    assert watch.all_seen() == (ONE,)
    presence._expiry = timedelta(milliseconds=1)
    presence.publish([ONE])
    eventually(lambda: watch.seen("s1") is None, "nobody's word is believed for ever")
    assert watch.all_seen() == ()


def test_two_watchers_do_not_erase_each_other(queue_server: Valkey, watch: RedisTokenWatch) -> None:
    here, there = (RedisPresence(connect(queue_server.url)) for _ in range(2))
    here.publish([ONE])
    there.publish([TWO])
    here.publish([ONE])
    there.publish([])
    assert watch.all_seen() == (ONE,)


def test_a_change_is_hinted_and_sameness_is_not(queue_server: Valkey, presence: RedisPresence) -> None:
    with queue_server.client() as client, client.pubsub(ignore_subscribe_messages=True) as hints:
        hints.subscribe(CHANNEL)
        eventually(lambda: subscribed(queue_server), "it listens")
        for sightings in ([ONE], [ONE], [ONE, TWO], []):
            presence.publish(sightings)
        presence.publish([])
        client.publish(CHANNEL, "end")
        heard: list[bytes] = []
        while heard[-1:] != [b"end"]:
            message = hints.get_message(timeout=1)
            heard += [message["data"]] if message else []
    assert heard == [b"1", b"2", b"0", b"end"]


def subscribed(server: Valkey) -> bool:
    with server.client() as client:
        return dict(client.pubsub_numsub(CHANNEL)) == {CHANNEL.encode(): 1}


@pytest.mark.parametrize("text", ["junk", "{}", "[]", '{"contents": 1, "tries": "low"}'])
def test_what_nobody_can_read_is_not_seen_and_hides_no_other(
    queue_server: Valkey, presence: RedisPresence, watch: RedisTokenWatch, text: str
) -> None:
    presence.publish([ONE, TWO])
    with queue_server.client() as client:
        client.set("klyuchnik:token:s1", text)
    assert watch.seen("s1") is None
    assert watch.all_seen() == (TWO,)


def test_without_redis_no_token_is_seen_and_nothing_breaks() -> None:
    client = connect("unix:///nowhere/redis.sock")
    RedisPresence(client).publish([ONE])
    assert RedisTokenWatch(client).seen("s1") is None
    assert RedisTokenWatch(client).all_seen() == ()
