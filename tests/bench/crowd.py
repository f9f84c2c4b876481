"""Very many workstations in one process: each is held in ``wake`` and polls in the rhythm of the real program.

Reads its task (JSON) from a file: ``python -m tests.bench.crowd FILE``. Says each second how it goes, and at once when
a list of steps has come, one line of JSON each; ends when its input does.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portal.domain.agent_tasks import TaskAnswer
from portal.domain.troubles import Trouble, why
from portal.ports.agent_orders import ListReport, OrderResult
from portal.ports.agent_protocol import OfferAnswer, dump

OK: Final = 200
NO_CONTENT: Final = 204
HELD: Final = 75.0
PATIENCE: Final = 20.0
#: As agent.runner and agent.waking have them.
SOONEST: Final = 1.0
LATEST: Final = 300.0
APART: Final = 0.2
PAUSE: Final = 1.0
#: A web server in front of the portal keeps so many connections to it.
KEPT: Final = 32
LINE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Task:
    """Who comes, where to, and in how many seconds all of them shall be there."""

    web: int
    wake: int
    seconds: float
    headers: str
    agents: list[dict[str, str]]


class Wire:
    """One kept connection; made anew when it was closed by the other side."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, head: bytes, body: bytes, within: float) -> tuple[int, bytes]:
        """Status and body; once more on a fresh connection when the kept one was given up meanwhile."""
        kept = self._ends is not None
        try:
            async with asyncio.timeout(within):
                return await self._exchange(head + body)
        except (OSError, asyncio.IncompleteReadError):
            self.drop()
            if not kept:
                raise
        except TimeoutError:
            self.drop()
            raise
        return await self._exchange(head + body)

    def drop(self) -> None:
        if self._ends is not None:
            self._ends[1].close()
        self._ends = None

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._ends is None:
            self._ends = await asyncio.open_connection("127.0.0.1", self._port, limit=LINE)
        reader, writer = self._ends
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        _, _, length = head.partition(b"content-length:")
        size = int(length.split(b"\r\n", 1)[0]) if length else 0
        body = await reader.readexactly(size) if size else b""
        if b"connection: close" in head:
            self.drop()
        return int(head[9:12]), body


@dataclass
class Crowd:
    """All workstations and what was counted."""

    task: Task
    pool: asyncio.Queue[Wire] = field(default_factory=asyncio.Queue)
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    async def ask(self, agent: "Agent", path: str, body: bytes) -> dict[str, Any] | None:
        """One message through one of the connections kept; None when it was refused, which is counted."""
        wire, kind = await self.pool.get(), path.partition("/")[0]
        try:
            status, answer = await wire.ask(agent.head("POST", path, len(body)), body, PATIENCE)
        except (OSError, EOFError, TimeoutError) as problem:
            self.errors[f"{kind}: {type(problem).__name__}"] += 1
            return None
        finally:
            self.pool.put_nowait(wire)
        if status != OK:
            self.errors[f"{kind}: {status}"] += 1
            return None
        found: dict[str, Any] = json.loads(answer)
        return found

    async def run(self) -> None:
        """Until the input ends."""
        for _ in range(KEPT):
            self.pool.put_nowait(Wire(self.task.web))
        coming = asyncio.create_task(self._come())
        saying = asyncio.create_task(self._say())
        await asyncio.to_thread(sys.stdin.read)
        coming.cancel()
        saying.cancel()

    async def _come(self) -> None:
        pause = self.task.seconds / max(1, len(self.task.agents))
        began, living = time.monotonic(), []
        for number, said in enumerate(self.task.agents):
            agent = Agent(self, said)
            living.append(asyncio.create_task(agent.poll_for_ever()))
            living.append(asyncio.create_task(agent.wait_for_ever()))
            await asyncio.sleep(max(0.0, began + number * pause - time.monotonic()))
        await asyncio.gather(*living)

    async def _say(self) -> None:
        while True:
            say({"counts": dict(self.counts), "errors": dict(self.errors)})
            await asyncio.sleep(1.0)


class Agent:
    """One workstation."""

    def __init__(self, crowd: Crowd, said: dict[str, str]) -> None:
        self._crowd = crowd
        self._uid = said["uid"]
        self._certificate = said["certificate"]
        self._hash = said["hash"]
        self._tokens = said["tokens"]
        self._known = False
        self._news = asyncio.Event()
        self._lists: set[str] = set()

    def head(self, method: str, path: str, length: int) -> bytes:
        """As a web server passes it on."""
        return (
            f"{method} /agent/v1/{path} HTTP/1.1\r\nHost: localhost\r\nX-Client-Certificate: {self._certificate}\r\n"
            f"{self._crowd.task.headers}Content-Length: {length}\r\n\r\n"
        ).encode()

    async def poll_for_ever(self) -> None:
        """As agent.runner does: at its time, at once when woken, and once more with all tokens when asked for them."""
        wanted = False
        while True:
            self._news.clear()
            answer = await self._crowd.ask(self, "poll", self._poll(wanted=wanted))
            self._crowd.counts["polls"] += 1
            wanted = bool(answer and answer["tokens_wanted"])
            if answer is None:
                rest = PAUSE
            else:
                answer = await self._work(answer) or answer
                rest = 0.0 if wanted else min(max(SOONEST, float(answer["next_poll"])), LATEST)
            try:
                async with asyncio.timeout(rest):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def wait_for_ever(self) -> None:
        """As agent.waking does: asked again whenever it was answered."""
        wire = Wire(self._crowd.task.wake)
        while True:
            began = time.monotonic()
            await self._wait(wire)
            if (rest := APART - (time.monotonic() - began)) > 0:
                await asyncio.sleep(rest)

    async def _wait(self, wire: Wire) -> None:
        counts, errors = self._crowd.counts, self._crowd.errors
        counts["waiting"] += 1
        try:
            status, _ = await wire.ask(self.head("GET", "wake", 0), b"", HELD)
        except (OSError, EOFError, TimeoutError) as problem:
            errors[f"wake: {type(problem).__name__}"] += 1
            await asyncio.sleep(PAUSE)
            return
        finally:
            counts["waiting"] -= 1
        counts["wakes"] += 1
        if status == OK:
            self._news.set()
        elif status != NO_CONTENT:
            errors[f"wake: {status}"] += 1
            await asyncio.sleep(PAUSE)

    def _poll(self, *, wanted: bool) -> bytes:
        tokens = self._tokens if wanted else "null"
        said = f'"language":"ru","open_lists":[],"tokens":{tokens},"tokens_hash":"{self._hash}"'
        return f'{{{said},"troubles":[],"user":"bench","version":"1.0"}}'.encode()

    async def _work(self, answer: dict[str, Any]) -> dict[str, Any] | None:
        """Whoever sits here takes every offer at once; every list is told as impossible, which ends its task."""
        latest = None
        for offer in answer["offers"]:
            accepted = dump(OfferAnswer(TaskAnswer.ACCEPTED))
            latest = await self._crowd.ask(self, f"tasks/{offer['task']}/answer", accepted)
            answer = latest or answer
        for signed in answer["lists"]:
            steps = json.loads(signed["body"])
            if steps["id"] not in self._lists:
                self._lists.add(steps["id"])
                say({"list": steps["id"], "agent": self._uid, "at": time.time()})
                latest = await self._crowd.ask(self, f"lists/{steps['id']}/report", _impossible(steps)) or latest
        return latest


def _impossible(steps: dict[str, Any]) -> bytes:
    result = OrderResult(1, why=why(Trouble.TOKEN_UNSUITABLE), permanent=True)
    return dump(ListReport(steps["id"], steps["epoch"], (result,)))


def say(what: dict[str, object]) -> None:
    """One line to whoever started us."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Come, stay and tell."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    task = Task(**json.loads(Path(sys.argv[1]).read_text()))
    asyncio.run(Crowd(task).run())


if __name__ == "__main__":
    main()
