"""Ringing for a worker: written down with the change that needs it, rung once that is in."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from portal.db.models import OutboxJob, Update
from portal.db.transaction import Database
from portal.domain.ids import UpdateId
from portal.ports.queue import JobQueue, ProgressFeed


class Ring(NamedTuple):
    """One bell to ring: ``job`` is its row in the outbox, ``run`` makes the name of the queued job unique."""

    job: int
    update: UpdateId
    run: int
    sequence: int


class News(NamedTuple):
    """What the page of an update shows has changed, and no worker has anything to do about it."""

    update: UpdateId
    sequence: int


class Bell:
    """A bell that is lost, because Redis is away or this process dies, is rung again by the sweeper."""

    def __init__(self, database: Database, queue: JobQueue, feed: ProgressFeed) -> None:
        self._database = database
        self._queue = queue
        self._feed = feed

    def post(self, connection: Connection, number: UpdateId, now: datetime) -> Ring:
        """Write down, in the caller's transaction, that a worker shall carry the update forward."""
        counted = update(Update).where(Update.id == number).values(run_no=Update.run_no + 1)
        row = connection.execute(counted.returning(Update.run_no, Update.sequence)).one()
        job = insert(OutboxJob).values(update_id=number, run_no=row.run_no, created_at=now).returning(OutboxJob.id)
        return Ring(connection.execute(job).scalar_one(), number, row.run_no, row.sequence)

    def ring(self, ring: Ring) -> None:
        """Enqueue, tell whoever looks at the update, and cross the bell off."""
        self._queue.advance_update(ring.update, ring.run)
        self._feed.announce(ring.update, ring.sequence)
        with self._database.begin() as connection:
            connection.execute(delete(OutboxJob).where(OutboxJob.id == ring.job))

    def note(self, connection: Connection, number: UpdateId) -> News:
        """Count, in the caller's transaction, a change of what the update's page shows."""
        counted = update(Update).where(Update.id == number).values(sequence=Update.sequence + 1)
        return News(number, connection.execute(counted.returning(Update.sequence)).scalar_one())

    def tell(self, news: News) -> None:
        """Tell whoever looks at the update, once the change is in."""
        self._feed.announce(news.update, news.sequence)

    def remind(self, ring: Ring) -> None:
        """Ring once more for what nobody came for; a job that still stands in the line is not doubled."""
        self._queue.advance_update(ring.update, ring.run)

    def forgotten(self, before: datetime) -> tuple[Ring, ...]:
        """Bells written down before that moment and not crossed off yet."""
        query = select(OutboxJob.id, OutboxJob.update_id, OutboxJob.run_no, Update.sequence)
        query = query.join(Update, Update.id == OutboxJob.update_id).where(OutboxJob.created_at < before)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(OutboxJob.id).limit(500)).all()
        return tuple(Ring(row.id, UpdateId(row.update_id), row.run_no, row.sequence) for row in rows)
