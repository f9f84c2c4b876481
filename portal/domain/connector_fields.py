"""The fields a connector is set up with, and what is wrong with what was typed into one."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final
from urllib.parse import urlsplit

from portal.domain.errors import InvalidInput

LONGEST_TEXT: Final = 500
LONGEST_PEM: Final = 200_000
#: How a switch that is on is written down; one that is off is empty.
ON: Final = "y"
_PEM: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+?)-----END \1-----")


@unique
class FieldKind(StrEnum):
    """What may be typed into a field."""

    TEXT = "text"
    ADDRESS = "address"  # of a server: scheme, name, perhaps a port and a path
    NUMBER = "number"
    SWITCH = "switch"
    CHOICE = "choice"
    LINES = "lines"  # several values, a line each
    CERTIFICATE = "certificate"  # one or more in PEM
    FOLDER = "folder"  # an absolute path on the portal's machine
    SECRET = "secret"  # a password; never shown again
    KEY = "key"  # a private key in PEM; never shown again


_SECRET: Final = frozenset({FieldKind.SECRET, FieldKind.KEY})


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``choices`` are values of a choice, ``least`` and ``most`` bound a number, ``schemes`` an address."""

    name: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1_000_000
    schemes: tuple[str, ...] = ("https",)

    @property
    def secret(self) -> bool:
        """Whether it is sealed and never shown again."""
        return self.kind in _SECRET

    def fault(self, value: str) -> str:
        """The code of what is wrong with this value; empty when it can be used."""
        if not value.strip():
            return "required" if self.required and self.kind is not FieldKind.SWITCH else ""
        return _FAULTS[self.kind](self, value)


def complete(fields: Iterable[Field], values: Mapping[str, str]) -> dict[str, str]:
    """What was typed for each field, trimmed; raises InvalidInput by field."""
    typed = {field.name: values.get(field.name, "").strip() for field in fields}
    found = {field.name: field.fault(typed[field.name]) for field in fields}
    if wrong := {name: code for name, code in found.items() if code}:
        raise InvalidInput(wrong)
    return typed


def halves(typed: Mapping[str, str], *names: str) -> dict[str, str]:
    """What is missing of fields that are given together or not at all, with the code of the fault."""
    given = [name for name in names if typed[name]]
    return {name: "required" for name in names if given and name not in given}


def certificates_in(value: str) -> tuple[bytes, ...]:
    """The certificates of a PEM text in DER; whether they are any is for a reader to say."""
    return tuple(base64.b64decode("".join(body.split())) for kind, body in _PEM.findall(value) if kind == "CERTIFICATE")


def lines(value: str) -> tuple[str, ...]:
    """The values of a field of several lines."""
    return tuple(line.strip() for line in value.splitlines() if line.strip())


def _text(_field: Field, value: str) -> str:
    if len(value) > LONGEST_TEXT:
        return "too_long"
    return "" if value.isprintable() else "bad_characters"


def _lines(_field: Field, value: str) -> str:
    if len(value) > LONGEST_TEXT * 100:
        return "too_long"
    return "" if all(line.isprintable() for line in value.splitlines()) else "bad_characters"


def _address(field: Field, value: str) -> str:
    """A name, a port and a path: whoever is signed in as is a field of its own, never part of the address."""
    try:
        parts = urlsplit(value.strip())
        port = parts.port
    except ValueError:
        return "bad_server_address"
    usable = parts.scheme in field.schemes and parts.hostname and port != 0 and not parts.fragment
    plain = "@" not in parts.netloc and not parts.query and value.strip().isprintable() and " " not in value.strip()
    return _text(field, value) or ("" if usable and plain else "bad_server_address")


def _number(field: Field, value: str) -> str:
    typed = value.strip()
    within = typed.isascii() and typed.isdigit() and field.least <= int(typed[:12]) <= field.most
    return "" if within else "out_of_range"


def _choice(field: Field, value: str) -> str:
    return "" if value in field.choices else "invalid"


def _switch(_field: Field, value: str) -> str:
    return "" if value == ON else "invalid"


def _certificate(_field: Field, value: str) -> str:
    return "" if _blocks(value) == {"CERTIFICATE"} else "bad_certificates"


def _key(_field: Field, value: str) -> str:
    kinds = _blocks(value)
    return "" if len(kinds) == 1 and all(kind.endswith("PRIVATE KEY") for kind in kinds) else "bad_private_key"


def _folder(_field: Field, value: str) -> str:
    parts = value.strip().split("/")
    return "" if value.strip().startswith("/") and ".." not in parts and value.isprintable() else "bad_folder"


def _blocks(value: str) -> set[str]:
    """The kinds of blocks a PEM text holds; nothing when one of them is no base64."""
    found = _PEM.findall(value) if len(value) <= LONGEST_PEM else []
    try:
        for _kind, body in found:
            base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error:
        return set()
    return {kind for kind, _body in found}


_FAULTS: Final[Mapping[FieldKind, Callable[[Field, str], str]]] = {
    FieldKind.TEXT: _text,
    FieldKind.ADDRESS: _address,
    FieldKind.NUMBER: _number,
    FieldKind.SWITCH: _switch,
    FieldKind.CHOICE: _choice,
    FieldKind.LINES: _lines,
    FieldKind.CERTIFICATE: _certificate,
    FieldKind.FOLDER: _folder,
    FieldKind.SECRET: _text,
    FieldKind.KEY: _key,
}
