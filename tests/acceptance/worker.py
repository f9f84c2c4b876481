"""A worker that obeys a test at the boundaries of steps: it pulls the token there, or waits to be killed.

``python -m tests.acceptance.worker``; what to do lies in files of the folder ACCEPTANCE_ORDERS.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import jobs.updates
from jobs import worker
from jobs.runtime import runner
from portal.bootstrap import Portal
from portal.domain.update_steps import StepKind
from portal.ports.journal import StepRecord
from portal.services.boundaries import Boundary, Observer
from portal.services.update_runner import UpdateRunner
from tests.support.tokens import SoftHsm

VARIABLE: Final = "ACCEPTANCE_ORDERS"
LONGEST: Final = 600.0


@dataclass(frozen=True, slots=True)
class Orders:
    """Files that say what a work-horse does when it comes to a place; each is obeyed once."""

    folder: Path

    def pull_at(self, kind: StepKind, boundary: Boundary, serial: str) -> None:
        """Pull this token out."""
        (self.folder / f"{kind}.{boundary}.pull").write_text(serial)

    def wait_at(self, kind: StepKind, boundary: Boundary) -> None:
        """Stand still until told to go on, or killed."""
        (self.folder / f"{kind}.{boundary}.wait").touch()

    def left(self) -> set[str]:
        """Kinds of steps where something is still to be done."""
        return {file.name.split(".")[0] for file in self.folder.glob("*.*.*") if file.suffix in {".pull", ".wait"}}

    def arrived(self) -> list[int]:
        """Work-horses that stand still now, or stood still when they ended."""
        return [int(file.read_text()) for file in self.folder.glob("*.here") if file.read_text()]

    def go_on(self) -> None:
        """Nobody stands still any more."""
        for file in self.folder.glob("*.here"):
            file.unlink()

    def obey(self, boundary: Boundary, record: StepRecord) -> None:
        """Do what is wanted here."""
        place = f"{record.step.kind}.{boundary}"
        if (serial := _taken(self.folder / f"{place}.pull")) is not None:
            SoftHsm(Path(os.environ["SOFTHSM2_CONF"]).parent, Path()).pull(serial)
        if _taken(self.folder / f"{place}.wait") is not None:
            _stand_still(self.folder / f"{place}.here")


def _taken(order: Path) -> str | None:
    try:
        text = order.read_text()
        order.unlink()
    except FileNotFoundError:
        return None
    return text


def _stand_still(here: Path) -> None:
    here.write_text(str(os.getpid()))
    until = time.monotonic() + LONGEST
    while here.exists() and time.monotonic() < until:
        time.sleep(0.01)


def obedient(portal: Portal, observe: Observer | None = None) -> UpdateRunner:
    """The product's runner, watched."""
    return runner(portal, observe or Orders(Path(os.environ[VARIABLE])).obey)


if __name__ == "__main__":
    vars(jobs.updates)["runner"] = obedient
    worker.main()
