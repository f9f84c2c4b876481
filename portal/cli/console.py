"""What every command shares: the portal, how it prints, and what its exit code says."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import click

from portal.bootstrap import Portal, build
from portal.db.queries.device_card import device_number
from portal.db.queries.device_rows import device_rows
from portal.domain.ids import DeviceId
from portal.settings import PREFIX, Settings, SettingsError
from portal.supervisor.place import Place

DONE: Final = 0
REFUSED: Final = 1  # a rule, a right or the input forbids it; 2 is click's own for a mistyped command
FAILED: Final = 3  # the update ended without being completed
WAITS: Final = 4  # the update waits for somebody or something
STUCK: Final = 5  # the update needs a person's decision
BROKEN: Final = 6  # what was checked does not hold


@dataclass(frozen=True)
class Console:
    """One run of the command line."""

    as_json: bool
    data: Path | None = None

    @cached_property
    def portal(self) -> Portal:
        """The wired product of the environment, or of a demonstration's folder."""
        try:
            settings = Settings.from_env(self._environment())
        except SettingsError as error:
            lines = (f"{name}: {problem}" for name, problem in error.problems.items())
            raise click.ClickException("\n".join(lines)) from None
        if settings.softhsm2_conf:
            os.environ["SOFTHSM2_CONF"] = str(settings.softhsm2_conf)  # read by the library in our children
        return build(settings)

    def _environment(self) -> Mapping[str, str]:
        if self.data is None:
            return os.environ
        place = Place(self.data.absolute())
        if not place.ours():
            raise click.ClickException(f"{place.folder} is no folder of a demonstration; bin/demo --data makes one")
        ours = {"DATA_DIR": place.folder, "RUN_DIR": place.run, "SOFTHSM2_CONF": place.softhsm_conf}
        return {**os.environ, **{PREFIX + name: str(value) for name, value in ours.items()}}

    def show(self, value: object, text: Callable[[], Iterable[str]]) -> None:
        """The value as JSON for programs, or as lines for people."""
        if self.as_json:
            click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))
            return
        for line in text():
            click.echo(line)

    def device(self, named: str) -> DeviceId:
        """The device with this number or serial number; raises NotFound."""
        with self.portal.database.read() as connection:
            if _is_number(named) and device_rows(connection, [int(named)]):
                return DeviceId(int(named))
            return DeviceId(device_number(connection, named))


def plain(value: object) -> Any:
    """Any value of ours as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):  # a row with names is an object, not a list
        return {name: plain(item) for name, item in value._asdict().items()}
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def read_secret(*, asked: bool) -> str:
    """A PIN from standard input, or asked for: never an argument, which everybody on the machine could read."""
    if asked:
        return str(click.prompt("PIN", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


def _is_number(named: str) -> bool:
    # a serial number of digits only may be longer than any number of ours
    return named.isascii() and named.isdecimal() and int(named) < 2**31
