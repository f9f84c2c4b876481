"""What the worker is told, in one file (TOML); a mistake in it is told by name."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_LONGEST: Final = 24 * 3600.0


class SettingsError(Exception):
    """A setting that cannot be used: its name and what is wrong."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")


@dataclass(frozen=True, slots=True)
class Settings:
    r"""``out`` and ``into`` are the portal's two folders as seen from here; seconds where a number is a time.

    ``ca`` is HOST\NAME as `certutil -dump` shows it. Only what stands in ``templates`` is ordered.
    """

    ca: str
    out: Path
    into: Path
    state: Path
    templates: frozenset[str]
    certreq: tuple[str, ...] = ("certreq.exe",)
    certutil: tuple[str, ...] = ("certutil.exe",)
    every: float = 15.0
    list_every: float = 900.0
    limit: float = 120.0
    settle: float = 120.0


def load(path: Path) -> Settings:
    """The settings of this file; raises SettingsError."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as problem:
        raise SettingsError(str(path), str(problem)) from None
    for name in said.keys() - _READERS.keys():
        raise SettingsError(name, "unknown")
    for name in _NEEDED - said.keys():
        raise SettingsError(name, "missing")
    read: dict[str, Any] = {_FIELDS.get(name, name): _read(name, value) for name, value in said.items()}
    return Settings(**read)


def _read(name: str, value: object) -> object:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError) as problem:
        raise SettingsError(name, str(problem)) from None


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is expected")
    return value


def _folder(value: object) -> Path:
    return Path(_text(value))


def _names(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not value:
        raise ValueError("a list of names is expected")
    return frozenset(map(_text, value))


def _command(value: object) -> tuple[str, ...]:
    return tuple(map(_text, value)) if isinstance(value, list) and value else (_text(value),)


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not 0 < seconds <= _LONGEST:
        raise ValueError("seconds are expected")
    return seconds


_NEEDED: Final = frozenset({"ca", "folder_out", "folder_in", "state", "templates"})
_FIELDS: Final = {"folder_out": "out", "folder_in": "into"}
_READERS: Final[dict[str, Callable[[Any], object]]] = {
    "ca": _text,
    **dict.fromkeys(("folder_out", "folder_in", "state"), _folder),
    "templates": _names,
    **dict.fromkeys(("certreq", "certutil"), _command),
    **dict.fromkeys(("every", "list_every", "limit", "settle"), _seconds),
}
