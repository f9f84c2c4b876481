"""A folder of keys and certificates: each made once, whoever comes first, its private part sealed by the vault."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.ports.vault import Vault


class SafeUnreadable(Exception):  # noqa: N818  it says what happened
    """A key cannot be opened: the master key is another one, or somebody changed the file or took it away."""


@dataclass(frozen=True, slots=True)
class Safe:
    """Keeps files readable by their owner only."""

    folder: Path
    vault: Vault

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process at a time makes what is missing."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def secret(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The sealed thing of this name, made when there is none; asked for by whoever is alone."""
        if not (self.folder / name).exists():
            self.put(name, self.vault.seal(make(), context=_context(name)))
        return self.opened(name)

    def opened(self, name: str) -> bytes:
        """The sealed thing of this name; raises SafeUnreadable."""
        path = self.folder / name
        try:
            return self.vault.open(path.read_bytes(), context=_context(name))
        except (OSError, ValueError) as error:
            raise SafeUnreadable(f"{path}: {error}") from error

    def replace_secret(self, name: str, plain: bytes) -> None:
        """Put another thing in its place."""
        self.put(name, self.vault.seal(plain, context=_context(name)))

    def get(self, name: str) -> bytes | None:
        """What is public, as it is stored; None when there is none."""
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, name: str, content: bytes) -> None:
        """Store all of it or nothing."""
        draft = self.folder / f"{name}.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()  # on disk before it has its name
            os.fsync(file.fileno())
        draft.replace(self.folder / name)


def _context(name: str) -> str:
    return f"agents {name}"
