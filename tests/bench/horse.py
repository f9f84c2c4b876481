"""Forks a child for each task, after loading what a worker loads: the product's update and the bare one on equal terms.

Reads one task a line (JSON) and answers one line: ``python -m tests.bench.horse``, with the product's environment.
"""

import json
import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from jobs.runtime import runner, runtime
from jobs.worker import warm_up
from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary
from tests.bench import bare


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
    """Fork for each line until there is none."""
    warm_up(runtime())
    for line in sys.stdin:
        task = json.loads(line)
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            _child(task, writing)
        os.close(writing)
        with os.fdopen(reading) as answers:
            sys.stdout.write(answers.read() + "\n")
            sys.stdout.flush()
        os.wait()


def _child(task: dict[str, Any], writing: int) -> None:
    status = 1
    try:
        os.write(writing, json.dumps(WORK[task["do"]](task)).encode())
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
