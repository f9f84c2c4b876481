"""The whole product running in a folder of its own: every part real, started by the supervisor that starts the demo."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from portal.db.models import Device, Update, UpdateStep
from portal.db.transaction import Database
from portal.domain.update_state import UpdateStatus
from portal.seed.soft_tokens import USER_PIN
from portal.settings import PREFIX, Settings
from portal.supervisor import parts
from portal.supervisor.logins import read_logins
from portal.supervisor.place import Place
from portal.supervisor.processes import Spec
from portal.supervisor.watch import Supervisor
from tests.acceptance.visitor import Visitor
from tests.support import waiting
from tests.support.guardian import alive
from tests.support.ports import free_port
from tests.support.processes import temporary_folder
from tests.support.said import said
from tests.support.tokens import SoftHsm, serial_of

ROOT: Final = Path(__file__).parents[2]
PIN: Final = USER_PIN
LONG: Final = 180.0


@dataclass(frozen=True, slots=True)
class Variation:
    """What one installation has of its own: modules, more variables, how many workers of which program, agents.

    ``port`` is where its web listens, any free one when it is 0; ``front_to`` where its front looks for the web.
    """

    modules: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    worker: str = "jobs.worker"
    workers: int = 1
    agents: bool = False
    port: int = 0
    front_to: int = 0


@dataclass(frozen=True, slots=True)
class Installation:
    """A running product."""

    place: Place
    settings: Settings
    env: Mapping[str, str]
    supervisor: Supervisor

    @property
    def address(self) -> str:
        return self.settings.base_url

    @property
    def hsm(self) -> SoftHsm:
        """Its tokens; the drawer is where pulled ones lie."""
        return SoftHsm(self.place.softhsm_conf.parent, parts_module())

    def visitor(self, role: str = "administrator") -> Visitor:
        """Somebody with this role, signed in, without a browser's scripts."""
        login = next(one for one in read_logins(self.place.logins) if one.role == role)
        visitor = Visitor(self.address)
        visitor.sign_in(login.login, login.password)
        return visitor

    def login(self, role: str) -> tuple[str, str]:
        """Login and password of somebody with this role."""
        found = next(one for one in read_logins(self.place.logins) if one.role == role)
        return found.login, found.password

    def command(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command line on this installation."""
        folder = temporary_folder("kly-said-")
        try:
            nursery = self.supervisor.nursery
            return said(nursery, folder, arguments, given=given, env=dict(self.env), seconds=LONG)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def ask(self, *arguments: str) -> Any:
        """What the command line answers in JSON."""
        done = self.command("--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def device(self, label: str) -> tuple[int, str]:
        """Number and serial number of the real token with this label."""
        with Database(self.settings.database_url) as database, database.read() as connection:
            found = connection.execute(select(Device.id, Device.serial).where(Device.label == label)).one()
        return found.id, found.serial

    def status(self, update: int) -> UpdateStatus:
        """Where an update is."""
        with Database(self.settings.database_url) as database, database.read() as connection:
            return connection.execute(select(Update.status).where(Update.id == update)).scalar_one()

    def steps(self, update: int) -> list[tuple[str, str]]:
        """Kind and status of each step of an update."""
        wanted = select(UpdateStep.kind, UpdateStep.status).where(UpdateStep.update_id == update)
        with Database(self.settings.database_url) as database, database.read() as connection:
            return [(row.kind, row.status) for row in connection.execute(wanted.order_by(UpdateStep.seq))]

    def updates_of(self, device: int) -> list[int]:
        """All updates a device ever had, oldest first."""
        wanted = select(Update.id).where(Update.device_id == device).order_by(Update.id)
        with Database(self.settings.database_url) as database, database.read() as connection:
            return list(connection.execute(wanted).scalars())

    def wait_for(self, update: int, *wanted: UpdateStatus, seconds: float = LONG) -> float:
        """Until the update is so; answers how long it took."""
        began = time.monotonic()
        eventually(lambda: self.status(update) in wanted, seconds, f"update {update} {wanted}")
        return time.monotonic() - began

    def processes(self, *words: str) -> list[int]:
        """The processes of this installation, or those of them whose command line has all these words."""
        mark = f"{PREFIX}DATA_DIR={self.place.folder}\0".encode()
        socket_of_valkey = f"{self.place.run}/redis.sock".encode()  # it writes its title over its environment
        found = [pid for pid in _pids() if mark in peep(pid, "environ") or socket_of_valkey in peep(pid, "cmdline")]
        return [pid for pid in found if alive(pid) and all(word.encode() in peep(pid, "cmdline") for word in words)]

    def plugged(self) -> set[str]:
        """The serial numbers of the tokens that are plugged in."""
        return {serial for folder in self.hsm.tokens.iterdir() if (serial := serial_of(folder))}


def parts_module() -> Path:
    """SoftHSM2's library."""
    return Settings.from_env({}).pkcs11_modules[0]


def peep(pid: int, what: str) -> bytes:
    """A file of a process in /proc; empty when the process is gone or somebody else's."""
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes() + b"\0"
    except OSError:
        return b""


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def eventually(true: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until it is true; a long time bounds a broken run, it is no measure."""
    waiting.eventually(true, what, seconds)


# ── making and running ──


def prepare(folder: Path, program: str, *arguments: str) -> None:
    """Have a program make the data once; installations are copies of it."""
    place = Place(folder)
    folder.mkdir()
    place.make()
    line = [sys.executable, "-m", program, str(place.logins), *arguments]
    done = subprocess.run(
        line,
        env=_environment(place, 1, Variation()),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def running(origin: Path, folder: Path, variation: Variation | None = None) -> Iterator[Installation]:
    """A copy of the prepared data with everything running on it."""
    shutil.copytree(origin, folder)
    place = Place(folder)
    place.make()
    (place.softhsm_conf.parent / "drawer").mkdir()
    chosen = variation or Variation()
    env = _environment(place, chosen.port or free_port(), chosen)
    settings = Settings.from_env({name: value for name, value in env.items() if name.startswith(PREFIX)})
    stop = threading.Event()
    supervisor = Supervisor(env, place.logs, stop)
    watcher = threading.Thread(target=supervisor.watch, daemon=True)
    try:
        _start(supervisor, settings, chosen)
        watcher.start()
        yield Installation(place, settings, env, supervisor)
    finally:
        stop.set()
        if watcher.ident is not None:
            watcher.join()
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start(supervisor: Supervisor, settings: Settings, chosen: Variation) -> None:
    supervisor.warm_up()
    supervisor.start([parts.valkey(settings)])
    supervisor.start([parts.web(settings), *_workers(settings, chosen.worker), *parts.watchers()])
    if settings.agents_port:
        front = parts.front(settings)
        elsewhere = ["env", f"{PREFIX}LISTEN_PORT={chosen.front_to}"] if chosen.front_to else []
        supervisor.start([replace(front, command=[*elsewhere, *front.command])])


def _workers(settings: Settings, program: str) -> Sequence[Spec]:
    return [replace(spec, command=[sys.executable, "-m", program]) for spec in parts.workers(settings)]


def _environment(place: Place, port: int, variation: Variation) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    ours = {
        "DATA_DIR": str(place.folder),
        "REGISTERS_DIR": str(place.folder / "registers"),
        "RUN_DIR": str(place.run),
        "SOFTHSM2_CONF": str(place.softhsm_conf),
        "LISTEN_PORT": str(port),
        "AGENTS_PORT": str(free_port() if variation.agents else 0),
        "WEB_THREADS": "48",
        "WORKERS": str(variation.workers),
    }
    if variation.modules:
        ours["PKCS11_MODULES"] = ":".join(map(str, variation.modules))
    env = {**plain, **{PREFIX + name: value for name, value in ours.items()}}
    return {**env, "SOFTHSM2_CONF": str(place.softhsm_conf), "PYTHONUNBUFFERED": "1", **variation.env}
