"""A worker: waits for the bell, forks a work-horse for each update. Run as ``python -m jobs.worker``."""

import logging

from rq import Queue, Worker
from rq.serializers import JSONSerializer

import jobs.updates  # noqa: F401 - loaded before the fork, so that a work-horse starts in milliseconds
import portal.connectors.ca.builtin.authority
import portal.connectors.token.gateway  # noqa: F401 - the Python part only; the library itself loads in the work-horse
from jobs.runtime import runtime
from portal.connectors.queue_rq import QUEUE
from portal.connectors.redis_client import connect_for_waiting
from portal.settings import Settings

#: A worker that died with its work-horse is noticed by the sweeper through the lease; these only tidy the queue.
MONITORING = 5
MAINTENANCE = 30


def make_worker(settings: Settings) -> Worker:
    """A worker on the queue of updates."""
    connection = connect_for_waiting(settings.redis_url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    return Worker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE,
        job_monitoring_interval=MONITORING,
    )


def main() -> None:
    """Work until told to stop."""
    settings = runtime().settings
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    make_worker(settings).work(logging_level=settings.log_level, with_scheduler=False)


if __name__ == "__main__":
    main()
