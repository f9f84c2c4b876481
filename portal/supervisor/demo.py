"""bin/demo: the whole portal on this machine with demonstration data, until Ctrl-C."""

import errno
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from portal.settings import PREFIX, Settings
from portal.supervisor import parts
from portal.supervisor.logins import read_logins
from portal.supervisor.place import Place, PlaceError
from portal.supervisor.watch import StartFailed, Stopped, Supervisor, say

# what a person may set for a demonstration; everything else, above all the database, is the demonstration's own
ADJUSTABLE: Final = (
    "LOG_LEVEL",
    "WORKERS",
    "WEB_THREADS",
    "WEB_PROCESSES",
    "DEFAULT_LOCALE",
    "PKCS11_MODULES",
    "MAIL_URL",
    "SYSLOG_URL",
)
FIRST_STEPS: Final = """
What to try first:
  1. As admin, find «Смирнова» in the search above, open her token, press «Обновить» and enter the PIN.
  2. As a.elkina, see the same from the side of an employee: the token is still to be issued.
  3. As v.belozerova, begin a qualified certificate: registers of the state are asked about her first.
  4. From a script: .venv/bin/klyuchnik --data {folder} updates run SERIAL --pin-stdin --follow"""
PREPARED_WITHIN: Final = 600
INVITED_WITHIN: Final = 60


class DemoError(Exception):
    """The demonstration cannot start, in words for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    folder: Path
    host: str
    port: int
    reset: bool


def run(options: Options, environ: Mapping[str, str]) -> None:
    """Start everything, tell the address and the logins, and keep it running until asked to stop."""
    os.umask(0o077)  # what we and our children write is nobody else's
    place = Place(options.folder)
    _take(place, options)
    with place.lock():
        if options.reset or not place.logins.exists():
            place.empty()  # a first start that was interrupted leaves half of the data: begin again
            place.make()
        _keep_running(place, _environment(place, options, environ))


def _take(place: Place, options: Options) -> None:
    """Make the folder and look at the port; whatever stands against it is said before anything is made."""
    try:
        place.check()
        if place.ours():
            place.lock().close()  # who starts it twice is told so, not that the port is taken
        _refuse_busy_port(options.host, options.port)
        place.make()
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"{error.filename or place.folder} cannot be used ({reason}); choose another folder with --data"
        raise PlaceError(message) from None


def _keep_running(place: Place, env: dict[str, str]) -> None:
    settings = Settings.from_env(env)
    stop = _stop_on_signals()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold a PIN
    supervisor = Supervisor(env, place.logs, stop)
    try:
        supervisor.warm_up()
        supervisor.start([parts.valkey(settings)])
        stands = place.stand_port(), place.registers_port()
        if not place.prepared():
            _prepare(place, stands, env, stop)
        supervisor.start([parts.web(settings)])  # alone first: who starts a demonstration waits for a page
        supervisor.start([*parts.workers(settings), *parts.watchers()])
        _tell(place, settings, stands)
        _start_stands(supervisor, settings, stands)
        _invite(place, settings, env, stop)
        supervisor.watch()
    except Stopped:
        pass
    finally:
        say("stopping …")
        supervisor.stop()
    say("stopped")


def _start_stands(supervisor: Supervisor, settings: Settings, ports: tuple[int, int]) -> None:
    """What the demonstration can be shown without: tried again later when it does not come up."""
    stands = parts.stand(settings, ports[0]), parts.registers(settings, ports[1])
    for part in (*stands, parts.signing(settings), parts.front(settings)):
        try:
            supervisor.start([part])
        except StartFailed as error:
            say(str(error))


def _invite(place: Place, settings: Settings, env: Mapping[str, str], stop: threading.Event) -> None:
    """Tell how an agent comes in; a process of its own makes the code, whose memory is given back."""
    command = [sys.executable, "-m", "portal.supervisor.invitation"]
    with subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as made:  # noqa: S603
        if not _ended_well(made, INVITED_WITHIN, stop):
            say(f"No one-time code for an agent was made; one can be had at {settings.base_url}/admin/agents")
            return
        code = made.communicate()[0].strip()
    (place.workstation / "invitation").write_text(f"{settings.agents_address} {code}\n")
    say(f"\nA workstation far from here, with the token of Ли Виктор: bin/agent --data {place.folder}")
    say(f"Any other agent comes in once with: klyuchnik-agent enroll {settings.agents_address} --code {code}")


def _ended_well(process: "subprocess.Popen[Any]", seconds: float, stop: threading.Event) -> bool:
    """Whether it did its work within the time; it is ended when the time is over or somebody asks us to stop."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline and not stop.wait(0.05):
        pass
    if process.poll() is None:
        process.kill()
    return process.wait() == 0


def _environment(place: Place, options: Options, environ: Mapping[str, str]) -> dict[str, str]:
    allowed = {PREFIX + name for name in ADJUSTABLE}
    env = {name: value for name, value in environ.items() if not name.startswith(PREFIX) or name in allowed}
    env.setdefault(PREFIX + "MAIL_URL", f"maildir://{place.folder / 'mail'}")
    return env | {
        PREFIX + "DATA_DIR": str(place.folder),
        PREFIX + "RUN_DIR": str(place.run),
        PREFIX + "LISTEN_HOST": options.host,
        PREFIX + "LISTEN_PORT": str(options.port),
        PREFIX + "AGENTS_PORT": str(place.agents_port()),
        PREFIX + "AGENTS_HOSTS": _names_of(options.host),
        PREFIX + "SOFTHSM2_CONF": str(place.softhsm_conf),
        "SOFTHSM2_CONF": str(place.softhsm_conf),
        "PYTHONUNBUFFERED": "1",
    }


def _names_of(host: str) -> str:
    """How agents reach us: first of all as we are told to people."""
    everywhere = {"0.0.0.0", "::", ""}  # noqa: S104  recognised, not bound
    own = [socket.gethostname()] if host in everywhere else [host]
    return ",".join([*own, "localhost", "127.0.0.1"])


def _refuse_busy_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or str(error)
            raise DemoError(f"cannot listen on {host}:{port} ({reason}); {_other_way(error)}") from None


def _other_way(error: OSError) -> str:
    if error.errno in {errno.EADDRINUSE, errno.EACCES}:
        return "choose another port with bin/demo --port"
    return "choose an address of this machine with bin/demo --host"


def _prepare(place: Place, stands: tuple[int, int], env: Mapping[str, str], stop: threading.Event) -> None:
    """Migrations and, on the first start, the data; in a process of its own, whose memory is given back."""
    first = not place.logins.exists()
    say("making the demonstration data, this takes a moment …" if first else "bringing the data up to date …")
    log = place.logs / "prepare.log"
    ports = (str(stands[0]), "0", str(stands[1]))
    command = [sys.executable, "-m", "portal.supervisor.prepare", str(place.logins), *ports]
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output)  # noqa: S603
    well = _ended_well(process, PREPARED_WITHIN, stop)
    if stop.is_set():
        raise Stopped
    if not well:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise DemoError(f"the data could not be prepared; {log} ends with:\n{tail}")
    place.note_prepared()


def _tell(place: Place, settings: Settings, stands: tuple[int, int]) -> None:
    say(f"\nKlyuchnik is running: {settings.base_url}/\n")
    for login in read_logins(place.logins):
        say(f"  {login.login:<14} {login.password:<23} {login.role}")
    say(FIRST_STEPS.format(folder=place.folder))
    say(f"\nRegisters of the state are played by a stand: http://127.0.0.1:{stands[0]}/")
    say(f"So are Indeed Access Manager and Secret Net Studio: http://127.0.0.1:{stands[1]}/")
    say(f"Data: {place.folder}   logs: {place.logs}\nCtrl-C stops everything; the next start keeps the data.")


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)
    return stop


def default_folder() -> Path:
    """Under the project's var/ when it can be written, else where the desktop keeps state."""
    project = Path(__file__).resolve().parents[2]
    if (project / "pyproject.toml").exists() and os.access(project, os.W_OK):
        return project / "var" / "demo"
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "klyuchnik-demo"
