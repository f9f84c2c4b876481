"""How far a file of people is: a number, heard of and asked for; nothing is lost with Redis but the hint."""

from portal.connectors.imports_redis import RedisImportFeed
from portal.connectors.queue_rq import CARRY_IMPORT, JOBS, RqJobQueue
from portal.connectors.redis_client import PREFIX, connect
from portal.connectors.redis_hub import RedisHub
from portal.domain.ids import ImportId
from tests.connectors.test_queue_rq import jobs_in
from tests.support.servers import Valkey

ONE, OTHER = ImportId(1), ImportId(2)


def feed_at(url: str) -> RedisImportFeed:
    return RedisImportFeed(connect(url), RedisHub(url, f"{PREFIX}:progress:*"))


def test_a_number_is_heard_and_found_again(queue_server: Valkey) -> None:
    feed = feed_at(queue_server.url)
    stream = feed.listen(ONE, beat=5)
    assert feed._hub._ready.wait(120)
    assert feed.announce(OTHER, 1, 9)
    assert feed.announce(ONE, 3, 500)
    assert next(number for number in stream if number is not None) == 500
    assert (feed.reached(ONE, 3), feed.reached(ONE, 4), feed.reached(OTHER, 1)) == (500, 0, 9)


def test_without_redis_nothing_is_known_and_whoever_speaks_is_told(queue_server: Valkey) -> None:
    feed = feed_at("unix:///nowhere/redis.sock")
    assert not feed.announce(ONE, 1, 1)
    assert feed.reached(ONE, 1) == 0


def test_a_worker_is_called_by_a_number(queue_server: Valkey) -> None:
    RqJobQueue(connect(queue_server.url)).carry_import(ONE, 4)
    (job,) = jobs_in(queue_server)
    assert (job.id, job.func_name, job.args) == ("people-import-1-4", CARRY_IMPORT, [1])
    assert CARRY_IMPORT in JOBS
