"""The crowd of workstations as the measuring process has it: a process of its own that tells how it goes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final

from portal.front.visitors import ADDRESS_HEADER, SECRET_HEADER
from tests.bench.crowd import Task
from tests.bench.stand import StandError

#: What everybody has after all have come.
PATIENCE: Final = 120.0


@dataclass
class Crowded:
    """What was said last, and when each workstation was first given a list."""

    process: subprocess.Popen[str]
    number: int
    counts: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    lists: dict[str, float] = field(default_factory=dict)

    def listen(self) -> None:
        """Until it ends."""
        for line in self.process.stdout or ():
            said: dict[str, Any] = json.loads(line)
            if "list" in said:
                self.lists.setdefault(said["agent"], said["at"])
            else:
                self.counts, self.errors = said["counts"], said["errors"]

    def all_there(self, seconds: float) -> None:
        """Wait until everybody has polled and waits."""
        deadline = time.monotonic() + seconds + PATIENCE
        while min(self.counts.get(name, 0) for name in ("polls", "waiting")) < self.number:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise StandError(f"not all have come: {self.counts}, {self.errors}")
            time.sleep(0.1)


def front_headers(secret: str) -> str:
    """What a web server adds, beside the certificate."""
    said = {SECRET_HEADER: secret, ADDRESS_HEADER: "10.1.2.3"}
    program = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "python-httpx/0.28"}
    return "".join(f"{name}: {value}\r\n" for name, value in {**said, **program}.items())


@contextmanager
def crowd(
    folder: Path, ports: tuple[int, int], agents: Sequence[Mapping[str, str]], *, secret: str, seconds: float
) -> Iterator[Crowded]:
    """Have them come to these ports, of the web and of who holds them, within so many seconds."""
    file = folder / "crowd.json"
    file.write_text(json.dumps(asdict(Task(*ports, seconds, front_headers(secret), [dict(one) for one in agents]))))
    command = [sys.executable, "-m", "tests.bench.crowd", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        made = Crowded(process, len(agents))
        hearing = Thread(target=made.listen, daemon=True)
        hearing.start()
        try:
            made.all_there(seconds)
            yield made
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(30)
            hearing.join(5)
