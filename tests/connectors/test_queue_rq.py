"""The bell: what lies in Redis, and what a second or a lost ring does."""

import json
import zlib

from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from portal.connectors.queue_rq import ADVANCE_UPDATE, JOBS, QUEUE, RqJobQueue
from portal.connectors.redis_client import connect
from portal.domain.ids import UpdateId
from tests.support.servers import Valkey


def jobs_in(server: Valkey) -> list[Job]:
    return list(Queue(QUEUE, connection=connect(server.url), serializer=JSONSerializer).get_jobs())


def test_a_ring_is_a_name_from_the_table_and_a_number(queue_server: Valkey) -> None:
    RqJobQueue(connect(queue_server.url)).advance_update(UpdateId(42), 3)
    (job,) = jobs_in(queue_server)
    assert job.id == "update-42-run-3"
    assert job.func_name == ADVANCE_UPDATE
    assert ADVANCE_UPDATE in JOBS
    assert job.args == [42]
    assert job.kwargs == {}


def test_it_is_json(queue_server: Valkey) -> None:
    RqJobQueue(connect(queue_server.url)).advance_update(UpdateId(42), 3)
    with queue_server.client() as client:
        data = client.hget("rq:job:update-42-run-3", "data")
    assert json.loads(zlib.decompress(data or b"")) == [ADVANCE_UPDATE, None, [42], {}]


def test_ringing_twice_makes_one_job(queue_server: Valkey) -> None:
    queue = RqJobQueue(connect(queue_server.url))
    queue.advance_update(UpdateId(42), 3)
    queue.advance_update(UpdateId(42), 3)
    queue.advance_update(UpdateId(42), 4)
    assert [job.id for job in jobs_in(queue_server)] == ["update-42-run-3", "update-42-run-4"]


def test_the_same_run_may_be_rung_again_when_its_job_is_gone(queue_server: Valkey) -> None:
    queue = RqJobQueue(connect(queue_server.url))
    queue.advance_update(UpdateId(42), 3)
    with queue_server.client() as client:
        client.lpop(f"rq:queue:{QUEUE}")  # a worker took it and was killed
    queue.advance_update(UpdateId(42), 3)
    assert [job.id for job in jobs_in(queue_server)] == ["update-42-run-3"]


def test_without_redis_the_ring_is_lost_quietly() -> None:
    RqJobQueue(connect("unix:///nowhere/redis.sock")).advance_update(UpdateId(42), 3)
