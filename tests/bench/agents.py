"""Very many workstations on one portal: what they cost while nothing happens, and how soon a task is picked up.

The floor is a bare server that holds the same workstations, driven by the same program in the same run. Both are
reached as a web server in front reaches the portal: TLS is ended there, and its cost is not in these figures.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import select, text

from portal.bootstrap import Portal
from portal.db.models import AgentOrder, AgentTask
from portal.domain.errors import PortalError
from portal.domain.plan_items import Choices
from portal.services.agent_tasks import AgentTaskDraft
from portal.settings import PREFIX, Settings
from portal.supervisor.processes import Spec
from tests.bench.crowded import Crowded, crowd
from tests.bench.enrolled import Enrolled, enrol, in_need
from tests.bench.figures import figure
from tests.bench.fleets import Size, fleet
from tests.bench.stand import Stand, StandError, family, free_port, memory_mb, processor_ms, stand

#: A task that was not picked up for so long is counted as lost.
LOST_AFTER: Final = 30.0
TLS: Final = "plain HTTP on loopback, as from a web server in front: TLS is not in these figures"

Pids = Mapping[str, Callable[[], Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many come and in how many seconds, how long they are watched at rest, how many tasks they get how fast.

    ``workers`` carry out the updates, as many as an installation has that says nothing of it.
    """

    agents: int
    database: str
    seed: int
    come: float
    rest: float
    tasks: int
    pace: float
    workers: int = 2
    keep: Path | None = None


@dataclass
class _Measured:
    """One server with everybody on it."""

    what: str
    wanted: Wanted
    crowd: Crowded
    pids: Pids
    rows: list[dict[str, object]] = field(default_factory=list)

    def at_rest(self) -> dict[str, object]:
        """Processor and memory of each process while nothing is ordered."""
        time.sleep(self.wanted.rest / 2)  # what coming has left behind
        began, before, polls = time.monotonic(), self._worked(), self.crowd.counts["polls"]
        time.sleep(self.wanted.rest)
        seconds = time.monotonic() - began
        worked = {name: (used - before[name]) / 10 / seconds for name, used in self._worked().items()}
        return {
            "what": f"{self.what}: at rest",
            "agents": self.crowd.counts["waiting"],
            "polls_per_second": round((self.crowd.counts["polls"] - polls) / seconds, 1),
            "processor_percent": {name: round(used, 1) for name, used in worked.items()},
            "processor_percent_all": round(sum(worked.values()), 1),
            "memory_mb": {name: round(memory_mb(pids()), 1) for name, pids in self.pids.items()},
            "errors": self.crowd.errors,
        }

    def picked_up(self, order: Callable[[Enrolled], float | None], among: list[Enrolled]) -> dict[str, object]:
        """From each order to the list at its workstation; orders come at a steady pace, whoever it hits."""
        Random(self.wanted.seed).shuffle(among)
        ordered: dict[str, float] = {}
        left, due = iter(among), time.monotonic()
        for one in left:
            at = order(one)
            if at is None:
                continue
            ordered[one.uid] = at
            if len(ordered) == self.wanted.tasks:
                break
            due += 1 / self.wanted.pace
            time.sleep(max(0.0, due - time.monotonic()))
        deadline = time.monotonic() + LOST_AFTER
        while ordered.keys() - self.crowd.lists.keys() and time.monotonic() < deadline:
            time.sleep(0.05)
        taken = [(self.crowd.lists[uid] - at) * 1000 for uid, at in ordered.items() if uid in self.crowd.lists]
        if not taken:
            raise StandError(f"nothing of {len(ordered)} tasks was picked up: {self.crowd.errors}")
        time.sleep(1.0)  # the last word of the crowd
        return {
            "what": f"{self.what}: task ordered → list at its workstation",
            "ms": figure(taken),
            "lost": len(ordered) - len(taken),
            "errors": self.crowd.errors,
        }

    def _worked(self) -> dict[str, float]:
        return {name: processor_ms(pids()) for name, pids in self.pids.items()}


def run(wanted: Wanted) -> list[dict[str, object]]:
    """All figures."""
    size = Size(wanted.agents, wanted.agents, wanted.seed)
    with ExitStack() as stack:
        url = stack.enter_context(fleet(wanted.database, size, wanted.keep))
        here = stack.enter_context(stand(database_url=url, workers=wanted.workers))
        return list(_rows(here, wanted))


def _rows(here: Stand, wanted: Wanted) -> Iterator[dict[str, object]]:
    wake = free_port()
    here.env[PREFIX + "WAKE_PORT"] = str(wake)
    here.settings = Settings.from_env(here.env)
    portal = here.portal()
    with portal.database:
        enrolled = enrol(portal, wanted.agents)
        yield from _bare(here, wanted, enrolled)
        here.start_web()
        here.start_jobs()
        here.start(Spec("front", [sys.executable, "-m", "portal.front"], lambda: _healthy(wake)))
        ports, secret = (here.settings.listen_port, wake), here.settings.front_secret()
        said = [one.said() for one in enrolled]
        with crowd(here.folder, ports, said, secret=secret, seconds=wanted.come) as people:
            measured = _Measured("portal", wanted, people, _parts(here, portal))
            yield {**measured.at_rest(), "reached": TLS}
            yield measured.picked_up(lambda one: _order(portal, one), list(in_need(portal, enrolled)))
            yield _parted(portal)


def _bare(here: Stand, wanted: Wanted, enrolled: list[Enrolled]) -> Iterator[dict[str, object]]:
    """The floor; it knows workstations by what they show, so that is their name here."""
    port = free_port()
    with ExitStack() as stack:
        here.start(Spec("bare", [sys.executable, "-m", "tests.bench.bare_polls", str(port)], lambda: _listens(port)))
        stack.callback(_stop, here, "bare")
        said = [{**one.said(), "certificate": one.uid} for one in enrolled]
        people = stack.enter_context(crowd(here.folder, (port, port), said, secret="", seconds=wanted.come))
        measured = _Measured("floor, a bare server", wanted, people, {"bare": lambda: here.pids("bare")})
        yield measured.at_rest()
        yield measured.picked_up(lambda one: _call(port, one), list(enrolled))


def _parts(here: Stand, portal: Portal) -> dict[str, Callable[[], Sequence[int]]]:
    """What serves workstations; the database server too, when there is one."""
    with here.queue.client() as client:
        about: Any = client.info("server")
    parts = {"web": lambda: here.pids("web"), "front": lambda: here.pids("front")}
    found: dict[str, Callable[[], Sequence[int]]] = {**parts, "valkey": lambda: (int(about["process_id"]),)}
    if here.settings.database_url.startswith("postgresql"):
        with portal.database.read() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        fields = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
        found["postgresql"] = lambda: family(int(fields[1]))
    return found


def _order(portal: Portal, one: Enrolled) -> float | None:
    """When it was committed; None for a device whose rules keep it from being updated now."""
    try:
        shown = portal.agent_tasks.plan(one.device, Choices()).plan.content_hash
        portal.agent_tasks.order(one.device, Choices(), shown, AgentTaskDraft("bench"), actor="bench")
    except PortalError:
        return None
    return time.time()


def _parted(portal: Portal) -> dict[str, object]:
    """Where that time goes: in the queue and the worker, then on the way to the workstation and its acceptance."""
    query = select(AgentTask.made_at.label("ordered"), AgentOrder.made_at, AgentOrder.handed_at).join(AgentTask)
    query = query.where(AgentOrder.seq == 1, AgentOrder.handed_at.is_not(None))
    with portal.database.read() as connection:
        rows = connection.execute(query).all()
    return {
        "what": "portal: of it",
        "queue_and_worker": figure([(row.made_at - row.ordered).total_seconds() * 1000 for row in rows]),
        "call_poll_and_acceptance": figure([(row.handed_at - row.made_at).total_seconds() * 1000 for row in rows]),
    }


def _call(port: int, one: Enrolled) -> float:
    at = time.time()
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", f"/call/{one.uid}")
    connection.getresponse().read()
    connection.close()
    return at


def _stop(here: Stand, name: str) -> None:
    child = here.children.pop(name)
    child.ask_to_stop()
    child.stopped_within(time.monotonic() + 15)


def _healthy(port: int) -> bool:
    return _status(port, "/health") == 200


def _listens(port: int) -> bool:
    return _status(port, "/") > 0


def _status(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
