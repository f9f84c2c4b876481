"""The portal's two folders, seen from the other side: requests are read, answers appear whole or not at all."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

LARGEST: Final = 1 << 20
_ORDER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_SERIAL: Final = re.compile(r"[0-9a-f]{1,40}")


@dataclass(frozen=True, slots=True)
class Asked:
    """An order as the portal put it out."""

    name: str
    template: str
    request: Path
    digest: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """A revocation as the portal asks for it."""

    serial: str
    reason: str
    file: Path


@dataclass(frozen=True, slots=True)
class Folders:
    """Raises OSError when a folder is out of reach."""

    out: Path
    into: Path

    def orders(self) -> Iterator[Asked]:
        """Whole requests with what they are about; what does not fit together is left alone."""
        for path in sorted(self.out.glob("*.p10")):
            said = _read_json(path.with_suffix(".json"))
            digest = _digest(path)
            if _ORDER.fullmatch(path.stem) and digest and said.get("request_sha256") == digest:
                yield Asked(path.stem, str(said.get("profile", "")), path, digest)

    def revocations(self) -> Iterator[Revocation]:
        """What shall be revoked."""
        for path in sorted(self.out.glob("*.revoke.json")):
            said = _read_json(path)
            serial = str(said.get("serial", ""))
            if _SERIAL.fullmatch(serial) and path.name == f"{serial}.revoke.json":
                yield Revocation(serial, str(said.get("reason", "")), path)

    def put(self, name: str, data: bytes) -> None:
        """An answer, whole at once."""
        hidden = self.into / f".{name}.new"
        with hidden.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(self.into / name)

    def take_away(self, *files: Path) -> None:
        """What is worked off; the portal remembers for itself what it put out."""
        for file in files:
            with suppress(FileNotFoundError):
                file.unlink()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(_read(path))
    except (FileNotFoundError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _digest(path: Path) -> str:
    try:
        return sha256(_read(path)).hexdigest()
    except (FileNotFoundError, ValueError):
        return ""


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(path.name)
    return data
