"""Rings the bell for workers through RQ: names from a fixed table, numbers as arguments, JSON on the wire."""

from typing import Final

import redis
import structlog
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from portal.connectors.redis_client import RedisDown
from portal.domain.ids import ConnectorId, ImportId, OperationId, UpdateId

QUEUE: Final = "updates"
ADVANCE_UPDATE: Final = "jobs.updates.advance_update"
CARRY_OPERATION: Final = "jobs.devices.carry_operation"
CARRY_IMPORT: Final = "jobs.people.carry_import"
CARRY_SYNC: Final = "jobs.directory.carry_sync"
CARRY_CHECK: Final = "jobs.connectors.carry_check"
ASK_TEMPLATES: Final = "jobs.connectors.ask_templates"
LOOK_AT_AUTHORITY: Final = "jobs.connectors.look_at_authority"
#: Every function a worker may be asked for.
JOBS: Final = frozenset(
    {ADVANCE_UPDATE, CARRY_OPERATION, CARRY_IMPORT, CARRY_SYNC, CARRY_CHECK, ASK_TEMPLATES, LOOK_AT_AUTHORITY}
)
#: An update waits for people outside of jobs; one claim that runs longer than this has lost its way.
LONGEST_RUN: Final = 3600
KEEP_FAILED: Final = 24 * 3600

log = structlog.get_logger(__name__)


class RqJobQueue:
    """A lost bell is logged and otherwise ignored: the sweeper keeps the promise."""

    def __init__(self, client: "redis.Redis") -> None:
        self._queue = Queue(QUEUE, connection=client, serializer=JSONSerializer)

    def advance_update(self, update: UpdateId, run: int) -> None:
        self._ring(ADVANCE_UPDATE, int(update), f"update-{update}-run-{run}")

    def carry_operation(self, operation: OperationId, attempt: int) -> None:
        self._ring(CARRY_OPERATION, int(operation), f"device-operation-{operation}-{attempt}")

    def carry_import(self, number: ImportId, fence: int) -> None:
        self._ring(CARRY_IMPORT, int(number), f"people-import-{number}-{fence}")

    def carry_sync(self, number: int, fence: int) -> None:
        self._ring(CARRY_SYNC, number, f"directory-sync-{number}-{fence}")

    def carry_check(self, connector: ConnectorId, number: int) -> None:
        self._ring(CARRY_CHECK, int(connector), f"connector-check-{connector}-{number}")

    def ask_templates(self, connector: ConnectorId, number: int) -> None:
        self._ring(ASK_TEMPLATES, int(connector), f"connector-templates-{connector}-{number}")

    def look_at_authority(self, turn: int) -> None:
        self._ring(LOOK_AT_AUTHORITY, turn, f"authority-look-{turn}")

    def _ring(self, function: str, number: int, job_id: str) -> None:
        try:
            if not self._queued(job_id):
                self._queue.enqueue_call(
                    function,
                    args=(number,),
                    job_id=job_id,
                    timeout=LONGEST_RUN,
                    result_ttl=0,
                    failure_ttl=KEEP_FAILED,
                )
        except RedisDown as error:
            log.warning("bell_lost", job=job_id, error=type(error).__name__)

    def _queued(self, job_id: str) -> bool:
        # a second bell for a job that still stands in the line would only make a worker come twice
        try:
            job = Job.fetch(job_id, connection=self._queue.connection, serializer=JSONSerializer)
        except NoSuchJobError:
            return False
        standing = job.get_status(refresh=False) is JobStatus.QUEUED
        return standing and self._queue.get_job_position(job_id) is not None
