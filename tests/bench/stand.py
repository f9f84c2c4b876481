"""The product's own processes on this machine, started as its supervisor starts them, for one measurement."""

import os
import resource
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from portal.bootstrap import Portal, build
from portal.domain.permissions import Role
from portal.settings import PREFIX, Settings
from portal.supervisor import parts
from portal.supervisor.processes import Child, Spec
from tests.bench.client import Client
from tests.support.processes import temporary_folder
from tests.support.servers import Valkey, valkey
from tests.support.tokens import SoftHsm

LOGIN: Final = "bench"
PASSWORD: Final = "a measuring administrator"
READY_WITHIN: Final = 30.0


class StandError(Exception):
    """A part of the product did not start."""


@dataclass
class Stand:
    """Settings of one installation of its own and the processes running on it."""

    folder: Path
    env: dict[str, str]
    settings: Settings
    queue: Valkey
    children: dict[str, Child] = field(default_factory=dict)

    def portal(self) -> Portal:
        """The product wired for this process."""
        return build(self.settings)

    def start(self, *specs: Spec) -> None:
        """Start processes and wait until they say they are ready."""
        for spec in specs:
            child = Child(spec, self.env, self.folder / f"{spec.name}.log")
            self.children[spec.name] = child
            child.start()
        deadline = time.monotonic() + READY_WITHIN
        while not all(child.spec.ready() for child in self.children.values()):
            if time.monotonic() > deadline or not all(child.running() for child in self.children.values()):
                raise StandError("".join(child.log.read_text()[-2000:] for child in self.children.values()))
            time.sleep(0.02)

    def start_web(self) -> None:
        """The web server with as many threads as in service."""
        self.start(parts.web(self.settings))

    def start_jobs(self) -> None:
        """Workers, the sweeper and the watcher of tokens."""
        self.start(*parts.workers(self.settings), *parts.watchers())

    def client(self) -> Client:
        """A browser of nobody yet."""
        return Client(self.settings.listen_host, self.settings.listen_port)

    def signed_in(self) -> Client:
        """A browser of the measuring administrator, who is made when there is none."""
        accounts = self.portal().accounts
        if LOGIN not in {account.login for account in accounts.all()}:
            accounts.create(login=LOGIN, name="Измерительный А. А.", role=Role.ADMINISTRATOR, password=PASSWORD)
        client = self.client()
        client.sign_in(LOGIN, PASSWORD)
        return client

    def pids(self, name: str) -> tuple[int, ...]:
        """The process of this name and all it started."""
        process = self.children[name].process
        return () if process is None else family(process.pid)

    def stop(self) -> None:
        for child in self.children.values():
            child.ask_to_stop()
        deadline = time.monotonic() + 15
        for child in self.children.values():
            child.stopped_within(deadline)


@contextmanager
def stand(
    *, database_url: str = "", hsm: SoftHsm | None = None, workers: int = 1, place: Path | None = None
) -> Iterator[Stand]:
    """An installation in a folder of its own (on the disk of this place), with its queue server; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="kly-bench-", dir=place)) if place else temporary_folder("kly-bench-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        queue = stack.enter_context(valkey())
        env = _environment(folder, queue, database_url)
        env |= {PREFIX + "WORKERS": str(workers)} | (_tokens(hsm) if hsm else {})
        _raise_open_files()
        made = Stand(folder, env, Settings.from_env(env), queue)
        stack.callback(made.stop)
        yield made


def _environment(folder: Path, queue: Valkey, database_url: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    own = {"DATA_DIR": str(folder), "REDIS_URL": queue.url, "LISTEN_PORT": str(free_port()), "LOG_LEVEL": "WARNING"}
    if database_url:
        own["DATABASE_URL"] = database_url
    return plain | {PREFIX + name: value for name, value in own.items()}


def _tokens(hsm: SoftHsm) -> dict[str, str]:
    return {**hsm.env, PREFIX + "SOFTHSM2_CONF": str(hsm.conf), PREFIX + "PKCS11_MODULES": str(hsm.module)}


def _raise_open_files() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> tuple[int, ...]:
    """A process and its descendants."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(ProcessLookupError, FileNotFoundError):  # some come and go
            for child in task.read_text().split():
                found += family(int(child))
    return tuple(found)


def processor_ms(pids: Sequence[int]) -> float:
    """Processor time these processes have used, in milliseconds: what other work on the machine does not change."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def memory_mb(pids: Sequence[int]) -> float:
    """Memory of these processes, shared pages counted in parts (PSS)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
