"""A worker: waits for the bell, has a work-horse ready for each update. Run as ``python -m jobs.worker``."""

import gc
import logging
from contextlib import suppress

import cryptography.hazmat.backends.openssl.backend  # noqa: F401 - the next two also: loaded before the fork,
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy.exc import SQLAlchemyError

import jobs.devices
import jobs.updates
import portal.connectors.ca.builtin.authority
import portal.connectors.token.gateway  # noqa: F401 - the Python part only; the library itself loads in the work-horse
from jobs.readiness import ask_for_a_task, get_ready
from jobs.runtime import runtime
from jobs.standby import StandbyWorker
from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.store import StoreDown
from portal.connectors.queue_rq import QUEUE
from portal.connectors.redis_client import connect_for_waiting
from portal.db.warming import warm
from portal.domain.errors import OutsideUnavailable
from portal.settings import Settings

#: A worker that died with its work-horse is noticed by the sweeper through the lease; these only tidy the queue.
MONITORING = 5
MAINTENANCE = 30


def make_worker(settings: Settings) -> StandbyWorker:
    """A worker on the queue of updates."""
    connection = connect_for_waiting(settings.redis_url)
    queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer)
    worker = StandbyWorker(
        [queue],
        connection=connection,
        serializer=JSONSerializer,
        maintenance_interval=MAINTENANCE,
        job_monitoring_interval=MONITORING,
        work_horse_killed_handler=jobs.devices.dropped,
    )
    worker.get_ready = lambda: get_ready(runtime())
    return worker


def warm_up(portal: Portal) -> None:
    """Do once what every work-horse would do again: it inherits compiled statements, loaded modules, opened doors."""
    with suppress(SQLAlchemyError):  # what is away now may be back when it is needed
        warm(portal.database)
        for _ in range(3):  # from then on the question goes to the driver
            ask_for_a_task(portal)
    with suppress(OutsideUnavailable, StoreDown):
        if portal.outside.authorities.get(BUILTIN_CA):
            portal.ca_place.store.warm(BUILTIN_CA)
    gc.collect()
    gc.freeze()  # nobody looks through what all share again, and so copies it


def main() -> None:
    """Work until told to stop."""
    warm_up(runtime())
    settings = runtime().settings
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    make_worker(settings).work(logging_level=settings.log_level, with_scheduler=False)


if __name__ == "__main__":
    main()
