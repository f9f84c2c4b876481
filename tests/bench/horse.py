"""Has a child stand by for each task, as a worker has: the product's update and the bare one on equal terms.

Reads one task a line (JSON) and answers one line: ``python -m tests.bench.horse``, with the product's environment.
"""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec

from jobs.readiness import get_ready
from jobs.runtime import runner, runtime
from jobs.worker import warm_up
from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary
from tests.bench import bare

READY: Final = b"ready"


@dataclass(slots=True)
class Stopwatch:
    """Listens at the boundaries of a run: when the token was proved, and how long each effect took."""

    started: float
    intended: float = 0.0
    verified: float = 0.0
    effects: dict[str, float] = field(default_factory=dict)

    def __call__(self, boundary: Boundary, record: StepRecord) -> None:
        now, kind = time.perf_counter(), record.step.kind
        if boundary is Boundary.AFTER_INTENT:
            self.intended = now
        if boundary is Boundary.AFTER_EFFECT:
            self.effects[kind.value] = self.effects.get(kind.value, 0.0) + (now - self.intended) * 1000
        if boundary is Boundary.AFTER_OUTCOME and kind is StepKind.VERIFY_TOKEN and record.status is StepStatus.DONE:
            self.verified = now


def update(task: dict[str, Any]) -> dict[str, Any]:
    """The product: from the start of the job to the committed proof of the token."""
    watch, worked = Stopwatch(time.perf_counter()), time.process_time()
    status = runner(runtime(), watch).advance(UpdateId(task["update"]))
    ended = time.perf_counter()
    generating = watch.effects.get(StepKind.GENERATE_KEY.value, 0.0)
    return {
        "status": str(status),
        "ms": ((watch.verified or ended) - watch.started) * 1000,
        "processor_ms": (time.process_time() - worked) * 1000,
        "generating": generating,
        "effects": watch.effects,
    }


def bare_update(task: dict[str, Any]) -> dict[str, Any]:
    """The floor: the same token work straight on the library."""
    ca, worked = ec.generate_private_key(ec.SECP256R1()), time.process_time()
    done = bare.bare_update(
        task["module"], task["serial"], task["pin"], task["old"], algorithm=task["algorithm"], ca=ca
    )
    processor = (time.process_time() - worked) * 1000
    return {"ms": done.milliseconds, "processor_ms": processor, "generating": done.generating, "new": done.made}


def bare_issue(task: dict[str, Any]) -> dict[str, Any]:
    """Something to replace."""
    ca = ec.generate_private_key(ec.SECP256R1())
    made = [
        bare.issue_bare(task["module"], task["serial"], task["pin"], algorithm=task["algorithm"], ca=ca)
        for _ in range(task["number"])
    ]
    return {"new": made}


WORK = {"update": update, "bare_update": bare_update, "bare_issue": bare_issue}


def main() -> None:
    """A child for each line until there is none; the next one is made ready before its line is read."""
    warm_up(runtime())
    while True:
        child = _Child()
        line = sys.stdin.readline()
        answer = child.ask(line)
        if not line:
            return
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


class _Child:
    """A forked process that is ready, whatever it will be asked."""

    def __init__(self) -> None:
        self._there, self._telling = os.pipe()
        self._hearing, self._back = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            self._serve()
        os.close(self._there)
        os.close(self._back)
        os.read(self._hearing, len(READY))

    def ask(self, line: str) -> str:
        """Have the task of this line done; without one it ends."""
        os.write(self._telling, line.encode())
        os.close(self._telling)
        with os.fdopen(self._hearing) as answers:
            answer = answers.read()
        os.waitpid(self._pid, 0)
        return answer

    def _serve(self) -> None:
        status = 1
        try:
            os.close(self._telling)
            list(get_ready(runtime()))
            os.write(self._back, READY)
            with os.fdopen(self._there) as lines:
                line = lines.read()
            if line:
                task = json.loads(line)
                os.write(self._back, json.dumps(WORK[task["do"]](task)).encode())
            status = 0
        finally:
            os._exit(status)


if __name__ == "__main__":
    main()
