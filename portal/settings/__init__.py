"""Everything an administrator may set, read once from the environment; docs/settings.md explains it."""

import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from portal.keyfile import read_or_make_key
from portal.settings.variables import PREFIX, STREAM_RESERVE, VARIABLES, Variable

__all__ = ["PREFIX", "VARIABLES", "Settings", "SettingsError"]

SHARED: Final = (  # what processes of one installation must agree on
    *("data_dir", "run_dir", "database_url", "ca_database_url", "registers_dir", "redis_url"),
    *("master_key_file", "session_key_file", "listen_host", "listen_port", "base_url"),
)


class SettingsError(Exception):
    """Every setting that cannot be used, each with what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{name}: {problem}" for name, problem in self.problems.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one installation; each field is KLYUCHNIK_ and its name in capitals."""

    data_dir: Path
    run_dir: Path
    database_url: str
    ca_database_url: str
    registers_dir: Path | None
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
    agents_port: int
    agents_hosts: tuple[str, ...]
    agents_url: str
    wake_port: int
    front_secret_file: Path
    agent_history: timedelta
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
    syslog_url: str
    mail_url: str
    mail_password_file: Path | None
    mail_from: str
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

    @property
    def agents_address(self) -> str:
        """Where workstations find the portal; empty when none are served."""
        if self.agents_url or not self.agents_port:
            return self.agents_url
        host = self.agents_hosts[0]
        return f"https://{f'[{host}]' if ':' in host else host}:{self.agents_port}"

    def front_secret(self) -> str:
        """What the front shows beside a workstation's certificate; made on first use."""
        return read_or_make_key(self.front_secret_file).hex()

    def certificate_secret(self) -> str:
        """What a web server shows beside the certificate of a person; whoever serves workstations cannot know it."""
        return hmac.digest(self.session_key(), b"tells of certificates", "sha256").hex()

    def master_key(self) -> bytes:
        """The key that seals secrets at rest; made on first use."""
        return read_or_make_key(self.master_key_file)

    def mail_password(self) -> str:
        """The password for the mail server, from its file."""
        return self.mail_password_file.read_text().strip() if self.mail_password_file else ""

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
