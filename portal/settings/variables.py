"""The variables of the environment: how each is read, and what it is when nobody sets it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "KLYUCHNIK_"
LOCALES: Final = ("ru", "en")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
MOST_PROCESSES: Final = 4  # more of them must be asked for: each takes its own memory
STREAM_RESERVE: Final = 16  # threads that open streams may never take from the pages
SOFTHSM_PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)


@dataclass(frozen=True, slots=True)
class Variable:
    """How one setting is read: its default as written in the documentation, and its meaning as a value."""

    default: str
    parse: Callable[[str], Any]


def _text(raw: str) -> str:
    return raw


def _path(raw: str) -> Path:
    return Path(raw).expanduser().absolute()


def _optional_path(raw: str) -> Path | None:
    return _path(raw) if raw else None


def _modules(raw: str) -> tuple[Path, ...]:
    if raw == "auto":
        return tuple(Path(place) for place in SOFTHSM_PLACES if Path(place).is_file())[:1]
    paths = tuple(_path(part) for part in raw.split(":") if part)
    for path in paths:
        if not path.is_file():
            raise ValueError(f"there is no file {path}")
    return paths


def _number(low: int, high: int) -> Callable[[str], int]:
    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdecimal() or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {raw!r}")
        return int(raw)

    return parse


def _processes(raw: str) -> int:
    """As many as asked for; for 0 one for each core we may use, up to a few."""
    return _number(0, 64)(raw) or min(len(os.sched_getaffinity(0)), MOST_PROCESSES)


def _span(unit: timedelta, low: int, high: int) -> Callable[[str], timedelta]:
    number = _number(low, high)
    return lambda raw: unit * number(raw)


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {raw!r}")
        return raw

    return parse


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        scheme = urlsplit(raw).scheme
        if scheme not in schemes:
            raise ValueError(f"must begin with one of {', '.join(schemes)}, not {scheme!r}")
        return raw

    return parse


def _redis_url(raw: str) -> str:
    _url("unix", "redis", "rediss")(raw)
    path = urlsplit(raw).path
    if raw.startswith("unix:") and len(path.encode()) > 107:  # noqa: PLR2004  the kernel's sockaddr_un
        raise ValueError(f"a socket's path holds at most 107 bytes: set {PREFIX}RUN_DIR to a shorter folder")
    return raw


def _web_address(raw: str) -> str:
    parts = urlsplit(_url("http", "https")(raw))
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an address such as https://keys.example.org")
    return raw.rstrip("/")


def _syslog(raw: str) -> str:
    if raw and not urlsplit(_url("udp", "tcp", "tls")(raw)).hostname:
        raise ValueError("must name a host, such as tls://log.example.org")
    return raw


def _mail(raw: str) -> str:
    if raw:
        parts = urlsplit(_url("smtp", "smtp+starttls", "smtps", "maildir")(raw))
        if not (parts.path if parts.scheme == "maildir" else parts.hostname):
            raise ValueError("must name a host or a folder, such as smtp+starttls://mail.example.org")
    return raw


def _hosts(raw: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip().lower() for part in raw.split(",") if part.strip()))
    if not names or any(set(name) & set(" /@?#") for name in names):
        raise ValueError("must name hosts or addresses, such as agents.example.org,10.1.2.3")
    return names


def _optional_web_address(raw: str) -> str:
    return _web_address(raw) if raw else ""


def _address(raw: str) -> str:
    if raw.count("@") != 1 or not all(raw.split("@")) or any(letter in raw for letter in " <>,;"):
        raise ValueError("must be a mail address, such as keys@example.org")
    return raw


_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_database_url = _url("sqlite", "postgresql", "postgresql+psycopg")

# in the order they are read: a default may use what stands above it
VARIABLES: Final[Mapping[str, Variable]] = {
    "data_dir": Variable("~/.local/state/klyuchnik", _path),
    "run_dir": Variable("{data_dir}/run", _path),
    "database_url": Variable("sqlite:///{data_dir}/klyuchnik.db", _database_url),
    "ca_database_url": Variable("sqlite:///{data_dir}/ca/ca.db", _database_url),
    "registers_dir": Variable("", _optional_path),
    "redis_url": Variable("unix://{run_dir}/redis.sock", _redis_url),
    "master_key_file": Variable("{data_dir}/keys/master.key", _path),
    "session_key_file": Variable("{data_dir}/keys/session.key", _path),
    "pkcs11_modules": Variable("auto", _modules),
    "softhsm2_conf": Variable("", _optional_path),
    "listen_host": Variable("127.0.0.1", _text),
    "listen_port": Variable("8080", _number(1, 65535)),
    "base_url": Variable("http://{listen_host}:{listen_port}", _web_address),
    "trusted_proxies": Variable("0", _number(0, 8)),
    "default_locale": Variable("ru", _one_of(*LOCALES)),
    "web_processes": Variable("0", _processes),
    "web_threads": Variable("256", _number(STREAM_RESERVE + 8, 4096)),
    "agents_port": Variable("0", _number(0, 65535)),
    "agents_hosts": Variable("localhost,127.0.0.1", _hosts),
    "agents_url": Variable("", _optional_web_address),
    "wake_port": Variable("0", _number(0, 65535)),
    "front_secret_file": Variable("{data_dir}/keys/front.key", _path),
    "agent_history": Variable("180", _span(timedelta(days=1), 1, 3650)),
    "workers": Variable("2", _number(1, 64)),
    "session_idle": Variable("30", _span(_MINUTE, 1, 24 * 60)),
    "session_life": Variable("12", _span(_HOUR, 1, 24 * 7)),
    "pin_ticket_life": Variable("10", _span(_MINUTE, 1, 60)),
    "lease": Variable("15", _span(_SECOND, 3, 600)),
    "update_attempts": Variable("10", _number(1, 100)),
    "step_timeout": Variable("120", _span(_SECOND, 5, 3600)),
    "presence_interval": Variable("1", _span(_SECOND, 1, 60)),
    "presence_expiry": Variable("5", _span(_SECOND, 2, 600)),
    "sweep_interval": Variable("1", _span(_SECOND, 1, 600)),
    "syslog_url": Variable("", _syslog),
    "mail_url": Variable("", _mail),
    "mail_password_file": Variable("", _optional_path),
    "mail_from": Variable("klyuchnik@localhost.localdomain", _address),
    "log_level": Variable("INFO", _one_of(*LOG_LEVELS)),
}
