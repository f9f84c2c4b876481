"""Programs of other people that may order certificates of the built-in authority: a name, a password, templates."""

import json
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.ports.vault import Vault
from portal.services import passwords


@dataclass(frozen=True, slots=True)
class EnrollingAccounts:
    """They are kept in a file beside the authority, readable by its owner alone; passwords as hashes."""

    file: Path
    vault: Vault

    def names(self) -> Mapping[str, Collection[str]]:
        """Which templates each may order."""
        return {name: tuple(said["templates"]) for name, said in self._read().items()}

    def add(self, name: str, templates: Collection[str], *, messages: bool = False) -> str:
        """Let a program in, or give it other templates and a new password, which is told once.

        Whoever is to speak CMP proves a message with the password itself: only then it is kept, sealed.
        """
        password = secrets.token_urlsafe(24)
        kept = {"password": passwords.hashed(password), "templates": sorted(templates)}
        if messages:
            kept["sealed"] = self.vault.seal(password.encode(), context=_context(name)).hex()
        self._write({**self._read(), name: kept})
        return password

    def remove(self, name: str) -> bool:
        """Shut a program out; whether it was let in."""
        known = dict(self._read())
        found = known.pop(name, None) is not None
        if found:
            self._write(known)
        return found

    def let_in(self, name: str, password: str) -> Collection[str] | None:
        """The templates a program may order; None when name or password are not right."""
        kept = self._read().get(name)
        right = passwords.matches(kept["password"] if kept else None, password)
        return tuple(kept["templates"]) if kept and right else None

    def secret(self, name: str) -> bytes | None:
        """What messages of a program are proven with; None for whoever speaks no CMP."""
        sealed = self._read().get(name, {}).get("sealed")
        try:
            return self.vault.open(bytes.fromhex(sealed), context=_context(name)) if sealed else None
        except ValueError:  # sealed with a master key that is gone
            return None

    def _read(self) -> dict[str, Any]:
        try:
            said: dict[str, Any] = json.loads(self.file.read_text())
        except FileNotFoundError:
            return {}
        return said

    def _write(self, accounts: Mapping[str, Any]) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(accounts, file, indent=1)
            file.flush()  # of a file: it shall outlive a power cut
            os.fsync(file.fileno())
        fresh.rename(self.file)


def _context(name: str) -> str:
    return f"enrolling {name}"
