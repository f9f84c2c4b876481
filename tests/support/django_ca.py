"""django-ca as a judge: a process of its own in an environment of its own, one for all processes of a test run."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.connectors.ca.django_ca.authority import DjangoCa
from portal.connectors.ca.django_ca.opening import opened
from portal.domain.connector_kinds import ConnectorKind
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues
from tests.support.processes import RigError, start
from tests.support.source_tree import ROOT
from tests.support.unhurried import unhurried

_PYTHON: Final = ROOT / ".venv" / "peers-django-ca" / "bin" / "python"
#: Profiles whose orders rest and are cut off, as its program has them: the one for those who ask the connector alone,
#: the other for those who update a token with it.
OBEYING, UPDATING = "enduser", "server"
_PROGRAM: Final = Path(__file__).with_name("django_ca_peer") / "serve.py"


@dataclass(frozen=True, slots=True)
class DjangoCaPeer:
    """Where it is and what a connector to it is told. Files in its folder disturb orders of one profile."""

    folder: Path
    note: dict[str, Any]

    @contextmanager
    def resting(self, profile: str = OBEYING) -> Iterator[None]:
        """Orders are taken and stay pending meanwhile."""
        rest = self.folder / f"rest.{profile}"
        rest.touch()
        try:
            yield
        finally:
            rest.unlink()

    def cut_the_next_order(self, profile: str = OBEYING) -> None:
        """It is taken, and the line ends before anybody hears of it."""
        (self.folder / f"cut.{profile}").touch()

    @property
    def port(self) -> int:
        return int(self.note["port"])

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}/ca/api"

    def values(self, **other: str) -> ConnectorValues:
        """What a person types, but for what a test types otherwise."""
        typed = {
            "address": self.address,
            "ca_serial": str(self.note["serial"]),
            "user": str(self.note["user"]),
            "password": str(self.note["password"]),
            "trusted": str(self.note["trusted"]),
            "server_trusted": str(self.note["server_trusted"]),
            "poll_minutes": "5",
            "settle_seconds": "0",
            **other,
        }
        secrets = {"password": typed.pop("password")}
        return ConnectorValues(ConnectorKind.CA_DJANGO, "judge", typed, secrets)

    def connector(self, clock: Clock, **other: str) -> DjangoCa:
        return unhurried(opened(self.values(**other), clock))


def django_ca_peer(folder: Path) -> DjangoCaPeer:
    """The first process of a run that asks starts it; it ends with the owner of the run."""
    place = folder / "django-ca"
    with (folder / "django-ca.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = place / "note.json"
        if not note.exists():
            if not _PYTHON.exists():
                raise RigError("django-ca is not installed: run bin/setup")
            place.mkdir(exist_ok=True)
            server = start([_PYTHON, _PROGRAM, place], folder / "django-ca.log", owner=int(os.environ["RIG_RUN_OWNER"]))
            server.wait_until(note.exists)
        return DjangoCaPeer(place, json.loads(note.read_text()))
