"""A worker whose next work-horse stands by: forked and made ready before there is work for it."""

import json
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Final

from rq import Queue, Worker
from rq.exceptions import NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import Job

from portal.connectors.redis_client import RedisDown

#: Getting ready takes a fraction of a second; a library that hangs must not keep work waiting.
LONGEST: Final = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """A forked process and the end of the pipe it is told its work through."""

    pid: int
    pipe: int

    def tell(self, order: dict[str, str]) -> bool:
        """Hand it its work; False when it died meanwhile."""
        try:
            os.write(self.pipe, json.dumps(order).encode())
        except BrokenPipeError:
            self.let_go()
            return False
        os.close(self.pipe)
        return True

    def let_go(self) -> None:
        """There is no work for it, and nothing to lose in it: it is not waited for, should its preparations hang."""
        os.close(self.pipe)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


class StandbyWorker(Worker):
    """Carries out each job in a process of its own, as its base does, but forks it before the job comes.

    What a fresh process pays for once, copied pages, connections and mapped libraries, is paid while nobody waits.
    ``get_ready`` does so piece by piece; the first job that comes in between is taken up at once.
    """

    get_ready: Callable[[], Iterator[None]]
    _standing: Standing | None = None
    _forking = False

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        if self._standing is None:
            self._prepare()
        found: tuple[Job, Queue] | None = super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        return found

    def fork_work_horse(self, job: Job, queue: Queue) -> None:
        standing, self._standing = self._standing, None
        order = {"job": job.id, "queue": queue.name, "execution": self.execution.id if self.execution else ""}
        if standing is None or not standing.tell(order):
            super().fork_work_horse(job, queue)
        else:
            self._horse_pid = standing.pid

    def teardown(self) -> None:
        if self._standing is not None:
            self._standing.let_go()
            self._standing = None
        super().teardown()  # type: ignore[no-untyped-call]

    def _prepare(self) -> None:
        self._forking = True
        self._standing = self._stand_by()
        self._forking = False
        if self._stop_requested:
            raise StopRequested

    def _shutdown(self) -> None:
        """The base ends by an exception in the signal's handler: what Python runs around a fork would swallow it."""
        if self._forking:
            self._stop_requested = True
        else:
            super()._shutdown()  # type: ignore[no-untyped-call]

    def _stand_by(self) -> Standing:
        reading, writing = os.pipe()
        pid = os.fork()
        if pid:
            os.close(reading)
            return Standing(pid, writing)
        status = 1
        try:
            os.close(writing)
            os.setpgrp()
            self._be_a_horse(reading)
            status = 0
        finally:
            os._exit(status)

    def _be_a_horse(self, pipe: int) -> None:
        self.setup_work_horse_signals()  # type: ignore[no-untyped-call]
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST)
        for _ in chain(self._know_the_queue(), self.get_ready()):
            if select.select([pipe], [], [], 0)[0]:
                break
        signal.alarm(0)
        order = os.read(pipe, select.PIPE_BUF)
        if order:
            self._work_at(json.loads(order))

    def _know_the_queue(self) -> Iterator[None]:
        """Connect to where its work will be read, and look for work nobody gave."""
        with suppress(NoSuchJobError, *RedisDown):
            Job.fetch("", connection=self.connection, serializer=self.serializer)
        yield

    def _work_at(self, order: dict[str, str]) -> None:
        job = Job.fetch(order["job"], connection=self.connection, serializer=self.serializer)
        execution = Execution(order["execution"], job.id, self.connection, self.name)
        execution._job = job  # noqa: SLF001  as the library itself does where a horse is not forked with its job
        self.execution = execution
        self.main_work_horse(job, next(queue for queue in self.queues if queue.name == order["queue"]))
