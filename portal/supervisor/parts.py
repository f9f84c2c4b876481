"""The processes the portal consists of, and how each is known to be ready."""

import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from portal.settings import Settings
from portal.supervisor.nursed import LARGE_PAGES
from portal.supervisor.processes import Spec

OK: Final = 200
MEMORY: Final = Path("/dev/shm")  # noqa: S108  the web server's heartbeat file must not wait for a disk


def valkey(settings: Settings) -> Spec:
    """The bundled queue server on a Unix socket, keeping its data in an append-only file."""
    data = settings.data_dir / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    options = {
        "--port": "0",
        "--unixsocket": str(settings.run_dir / "redis.sock"),
        "--unixsocketperm": "700",
        "--dir": str(data),
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
        "--maxmemory-policy": "noeviction",
        "--daemonize": "no",
    }
    arguments = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "portal.supervisor.queue_server", *arguments]
    return Spec("valkey", command, lambda: _pings(options["--unixsocket"]))


def web(settings: Settings) -> Spec:
    """One process for each core, made before it is multiplied; threads hold the many open progress streams."""
    options = {
        "--worker-class": "portal.web.server.EvenWorker",
        "--workers": str(settings.web_processes),
        "--threads": str(settings.web_threads),
        "--bind": f"{settings.listen_host}:{settings.listen_port}",
        "--worker-tmp-dir": str(MEMORY if MEMORY.is_dir() else tempfile.gettempdir()),
        "--keep-alive": "15",
        "--timeout": "60",
        "--graceful-timeout": "3",
    }
    arguments = [part for option in options.items() for part in option]
    command = [sys.executable, "-m", "gunicorn", "--preload", "--no-control-socket", *arguments, "portal.app:serve()"]
    return Spec(
        "web", command, _answers(settings.listen_host, settings.listen_port, "/health"), LARGE_PAGES, nursed=True
    )


def workers(settings: Settings) -> list[Spec]:
    """The processes that carry out updates."""
    return [_module(f"worker-{number}", "jobs.worker") for number in range(1, settings.workers + 1)]


def watchers() -> list[Spec]:
    """The processes that forget nothing, see the tokens plugged in, tell others and ask registers."""
    return [_module(name, f"jobs.{name}") for name in ("sweeper", "presence", "courier", "identity")]


def front(settings: Settings) -> Spec:
    """Where agents arrive: ends their TLS and holds those that wait."""
    port = settings.agents_port
    return Spec("front", [sys.executable, "-m", "portal.front"], lambda: _listens(settings.listen_host, port))


@dataclass(frozen=True, slots=True)
class SmevPlace:
    """Where the stand of СМЭВ has its keys and its book, and where the signing process listens."""

    settings: Settings

    @property
    def folder(self) -> Path:
        return self.settings.data_dir / "stand"

    @property
    def book(self) -> Path:
        return self.folder / "book.json"

    @property
    def socket(self) -> Path:
        return self.settings.run_dir / "sign.socket"


def stand(settings: Settings, port: int) -> Spec:
    """A counterpart for checks of identity: it answers after two seconds, so that there is something to see."""
    place = SmevPlace(settings)
    options = ("--port", str(port), "--data", str(place.folder), "--book", str(place.book), "--delay", "2")
    command = [sys.executable, "-m", "portal.stands.smev", *options]
    return Spec("stand", command, _answers("127.0.0.1", port, "/health"))


def registers_folder(settings: Settings) -> Path:
    """Where the stand of registers of devices has its keys and its devices."""
    return settings.data_dir / "registers-stand"


def registers(settings: Settings, port: int) -> Spec:
    """Counterparts that must know of devices."""
    kinds = ("--kind", "indeed", "--kind", "secret_net")
    options = ("--port", str(port), "--data", str(registers_folder(settings)), *kinds)
    command = [sys.executable, "-m", "portal.stands.registers", *options]
    return Spec("stand-registers", command, _answers("127.0.0.1", port, "/health"))


def signing(settings: Settings) -> Spec:
    """Holds the key by which the stand knows us, which the stand has made."""
    place = SmevPlace(settings)
    files = {"--key": "portal.key", "--certificate": "portal.crt", "--trust": "trust.pem"}
    options = [part for option, name in files.items() for part in (option, str(place.folder / name))]
    command = [sys.executable, "-m", "portal.sidecar", "--socket", str(place.socket), *options]
    return Spec("sign-service", command, place.socket.is_socket)


def _module(name: str, module: str) -> Spec:
    return Spec(name, [sys.executable, "-m", module], nursed=True)


def _pings(path: str) -> bool:
    """Ask in the server's own words: a client library for one word would stay in memory for good."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(path)
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _listens(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as connection:
        connection.settimeout(1)
        return connection.connect_ex((host, port)) == 0


def _answers(host: str, port: int, path: str) -> Callable[[], bool]:
    def ask() -> bool:
        connection = HTTPConnection(host, port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == OK
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    return ask
