"""The demonstration's logins, kept beside its data so that every start can tell them."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Login:
    """One account of the demonstration."""

    login: str
    password: str
    role: str


def write_logins(path: Path, logins: Iterable[Login]) -> None:
    """Write them at once or not at all: the file says that the data is complete."""
    draft = path.with_suffix(".draft")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump([asdict(login) for login in logins], file, ensure_ascii=False, indent=1)
    draft.replace(path)


def read_logins(path: Path) -> list[Login]:
    return [Login(**entry) for entry in json.loads(path.read_text())]
