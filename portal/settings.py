"""Everything an administrator may set, read once from the environment; docs/settings.md explains it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from portal.keyfile import read_or_make_key

PREFIX: Final = "KLYUCHNIK_"
LOCALES: Final = ("ru", "en")
LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")
STREAM_RESERVE: Final = 16  # threads that open streams may never take from the pages
SOFTHSM_PLACES: Final = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)

SHARED: Final = (  # what processes of one installation must agree on
    *("data_dir", "run_dir", "database_url", "ca_database_url", "registers_dir", "redis_url"),
    *("master_key_file", "session_key_file", "listen_host", "listen_port", "base_url"),
)


class SettingsError(Exception):
    """Every setting that cannot be used, each with what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in self.problems.items()))


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
    "registers_dir": Variable("{data_dir}/registers", _path),
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
    "web_processes": Variable("1", _number(1, 64)),
    "web_threads": Variable("256", _number(STREAM_RESERVE + 8, 4096)),
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
    "log_level": Variable("INFO", _one_of(*LOG_LEVELS)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation; each field is KLYUCHNIK_ and its name in capitals."""

    data_dir: Path
    run_dir: Path
    database_url: str
    ca_database_url: str
    registers_dir: Path
    redis_url: str
    master_key_file: Path
    session_key_file: Path
    pkcs11_modules: tuple[Path, ...]
    softhsm2_conf: Path | None
    listen_host: str
    listen_port: int
    base_url: str
    trusted_proxies: int
    default_locale: str
    web_processes: int
    web_threads: int
    workers: int
    session_idle: timedelta
    session_life: timedelta
    pin_ticket_life: timedelta
    lease: timedelta
    update_attempts: int
    step_timeout: timedelta
    presence_interval: timedelta
    presence_expiry: timedelta
    sweep_interval: timedelta
    log_level: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read every setting; raises SettingsError naming all bad ones at once."""
        return cls(**_read(os.environ if environ is None else environ))

    def to_env(self) -> dict[str, str]:
        """The variables that make another process read the same places and addresses."""
        shared = ("data_dir", "run_dir", "database_url", "redis_url", "master_key_file", "session_key_file")
        plain = {name: str(getattr(self, name)) for name in (*shared, "listen_host", "listen_port", "base_url")}
        if self.softhsm2_conf:
            plain["softhsm2_conf"] = str(self.softhsm2_conf)
        return {PREFIX + name.upper(): value for name, value in plain.items()}

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies travel over TLS only; not every client sends a Secure cookie to a plain address."""
        return self.base_url.startswith("https:")

    @property
    def session_cookie(self) -> str:
        """The session cookie's name, bound to the host where the browser lets us."""
        return "__Host-klyuchnik" if self.secure_cookies else "klyuchnik"

    @property
    def stream_limit(self) -> int:
        """How many progress streams one web process may hold open at once."""
        return self.web_threads - STREAM_RESERVE

    def master_key(self) -> bytes:
        """The key that seals secrets at rest; made on first use."""
        return read_or_make_key(self.master_key_file)

    def session_key(self) -> bytes:
        """The key that signs forms; made on first use."""
        return read_or_make_key(self.session_key_file)


def _read(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper() for name in VARIABLES}
    problems = {name: "no such setting" for name in environ if name.startswith(PREFIX) and name not in known}
    values: dict[str, Any] = {}
    for name, variable in VARIABLES.items():
        try:
            values[name] = variable.parse(_raw(environ, name, variable, values))
        except ValueError as error:
            problems[PREFIX + name.upper()] = str(error)
        except KeyError:
            continue  # its default stands on a setting already reported
    if not problems and values["presence_expiry"] <= values["presence_interval"]:
        problems[PREFIX + "PRESENCE_EXPIRY"] = f"must be longer than {PREFIX}PRESENCE_INTERVAL"
    if problems:
        raise SettingsError(problems)
    return values


def _raw(environ: Mapping[str, str], name: str, variable: Variable, values: Mapping[str, Any]) -> str:
    given = environ.get(PREFIX + name.upper(), "").strip()
    if given:
        return given
    if name == "softhsm2_conf":
        return environ.get("SOFTHSM2_CONF", "")  # the library's own variable, so that one setting serves both
    return variable.default.format_map(values)
