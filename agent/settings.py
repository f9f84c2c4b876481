"""What the workstation is told: flags come before the environment, the environment before the file (TOML)."""

import locale
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum, unique
from pathlib import Path
from typing import Any, Final

PREFIX: Final = "KLYUCHNIK_AGENT_"
SYSTEM_FILE: Final = Path("/etc/klyuchnik-agent/agent.toml")
#: Where the libraries of common tokens lie; those that are there are used when none is named.
USUAL_MODULES: Final = (
    "/usr/lib/librtpkcs11ecp.so",
    "/opt/aktivco/rutokenecp/amd64/librtpkcs11ecp.so",
    "/usr/lib/libjcPKCS11-2.so",
    "/usr/lib/libeToken.so",
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    r"C:\Windows\System32\rtPKCS11ECP.dll",
    r"C:\Windows\System32\jcPKCS11-2.dll",
    r"C:\Windows\System32\eTPKCS11.dll",
    r"C:\SoftHSM2\lib\softhsm2-x64.dll",
)


class SettingsError(Exception):
    """A setting that cannot be used: its name and what is wrong."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


@unique
class PromptKind(StrEnum):
    """How the person is asked."""

    AUTO = "auto"
    TERMINAL = "terminal"
    WINDOW = "window"
    NONE = "none"


@unique
class Language(StrEnum):
    """What the person is spoken to in."""

    RU = "ru"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the program is told; seconds where a number is a time."""

    state_dir: Path
    modules: tuple[str, ...]
    prompt: PromptKind = PromptKind.AUTO
    language: Language = Language.RU
    proxy: str = ""
    read_limit: float = 30.0
    generation_limit: float = 120.0
    pin_idle: float = 900.0
    look_every: float = 1.0


def load(flags: Mapping[str, object], environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force; raises SettingsError for a name or a value that is none."""
    told = dict(_from_file(flags, environ))
    told |= _from_environment(environ)
    told |= {name: value for name, value in flags.items() if name in _READERS and value not in {None, ()}}
    read = {name: _read(name, value) for name, value in told.items()}
    defaults = {"state_dir": _state_dir(environ), "modules": usual_modules(), "language": usual_language(environ)}
    chosen: dict[str, Any] = {**defaults, **read}
    return Settings(**chosen)


def usual_modules() -> tuple[str, ...]:
    """The usual libraries that are installed here."""
    return tuple(path for path in USUAL_MODULES if Path(path).is_file())


def usual_language(environ: Mapping[str, str]) -> Language:
    """The language the desktop is set to; Russian unless it says English."""
    said = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    said = said or (locale.getlocale()[0] or "" if os.name == "nt" else "")
    return Language.EN if said.lower().startswith("en") else Language.RU


def _from_file(flags: Mapping[str, object], environ: Mapping[str, str]) -> Mapping[str, object]:
    named = flags.get("config") or environ.get(f"{PREFIX}CONFIG")
    if named:
        return _toml(Path(str(named)))
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    own = home / "klyuchnik-agent" / "agent.toml"
    return next((_toml(path) for path in (own, SYSTEM_FILE) if path.is_file()), {})


def _toml(path: Path) -> Mapping[str, object]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(str(path), str(problem)) from None
    for name in found.keys() - _READERS.keys():
        raise SettingsError(str(path), f"unknown: {name}")
    return found


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in environ.items():
        if name.startswith(PREFIX) and name != f"{PREFIX}CONFIG":
            setting = name.removeprefix(PREFIX).lower()
            if setting not in _READERS:
                raise SettingsError(name, "unknown")
            found[setting] = value
    return found


def _read(name: str, value: object) -> object:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError) as problem:
        raise SettingsError(name, str(problem)) from None


def _state_dir(environ: Mapping[str, str]) -> Path:
    if os.name == "nt":
        return Path(environ.get("LOCALAPPDATA") or Path.home()) / "klyuchnik-agent"
    return Path(environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "klyuchnik-agent"


def _paths(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(path for path in value.split(os.pathsep) if path)
    if isinstance(value, list | tuple) and all(isinstance(path, str) for path in value):
        return tuple(value)
    raise ValueError("a list of paths is expected")


def _folder(value: object) -> Path:
    return Path(str(value)).expanduser().absolute()


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 < seconds < 24 * 3600:  # refuses nan, too
        raise ValueError("seconds are expected")
    return seconds


_READERS: Final[dict[str, Callable[[Any], object]]] = {
    "state_dir": _folder,
    "modules": _paths,
    "prompt": PromptKind,
    "language": Language,
    "proxy": str,
    **{field.name: _seconds for field in fields(Settings) if field.type is float},
}
