"""What this workstation keeps between two runs, in a folder only its user reads."""

import platform
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from agent.files import private_folder, write_private
from agent.identity import ends_at
from portal.domain.plain_json import CodecError
from portal.ports.agent_protocol import Trust, dump, load

_MACHINE_ID: Final = Path("/etc/machine-id")
_KEY_BYTES: Final = 32
Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The portal this workstation belongs to; ``ticket`` while an administrator has not decided.

    ``ca_file`` tells whose TLS certificates are trusted instead of the agent authority's: a PEM file, or "system".
    """

    url: str
    trust: Trust
    ca_file: str = ""
    agent: str = ""
    ticket: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """A key (PEM) and the request (PEM) that was made for it."""

    key: bytes = field(repr=False)
    request: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What a running agent last knew; for `status`, which asks nobody."""

    last_contact: datetime | None = None
    tokens: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    revoked: bool = False


class State:
    """The folder; made when first used. Raises UnsafeFolderError when others may look into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = private_folder(folder)
        self.identity = self.folder / "identity.pem"  # key and certificate in one file: never one without the other
        self.journal = self.folder / "journal.sqlite"
        self.instance = self.folder / "running.lock"
        self._wish = self.folder / "wish"
        self._enrolment = self.folder / "portal.json"
        self._pending = self.folder / "pending.json"
        self._standing = self.folder / "status.json"

    def enrolment(self) -> Enrolment | None:
        """The portal it belongs to, or asked to be let in by."""
        return _loaded(Enrolment, self._enrolment)

    def keep_enrolment(self, enrolment: Enrolment) -> None:
        write_private(self._enrolment, dump(enrolment))

    def keep_identity(self, key: bytes, certificate: str) -> None:
        """From now on this is who we are; a key that waited has done so."""
        write_private(self.identity, key.strip() + b"\n" + certificate.encode().strip() + b"\n")
        self._pending.unlink(missing_ok=True)

    def keep_pending(self, pending: Pending) -> None:
        """A key whose certificate is still to come; asked for again with the same request, the answer is the same."""
        write_private(self._pending, dump(pending))

    def pending(self) -> Pending | None:
        return _loaded(Pending, self._pending)

    def begin_anew(self) -> None:
        """Forget the portal and who we were to it."""
        for path in (self._pending, self._enrolment, self.identity):
            path.unlink(missing_ok=True)

    def certificate_ends(self) -> datetime | None:
        """When our certificate ends; None when there is none that can be read."""
        try:
            return ends_at(self.identity.read_bytes())
        except (OSError, ValueError):
            return None

    def machine(self) -> str:
        """The same text for this machine and user, whatever their names become; tells nothing of either."""
        if _MACHINE_ID.is_file():
            return sha256(f"klyuchnik-agent {_MACHINE_ID.read_text().strip()} {Path.home()}".encode()).hexdigest()[:32]
        return self.secret("machine.id")[:16].hex() if platform.system() != "Windows" else f"{uuid.getnode():032x}"

    def secret(self, name: str) -> bytes:
        """Thirty-two random bytes of this workstation, made when first asked for."""
        path = self.folder / name
        if not path.exists():
            write_private(path, secrets.token_bytes(_KEY_BYTES))
        return path.read_bytes()

    def wish(self) -> None:
        """The person wants to be asked now for whatever waits for him."""
        write_private(self._wish, b"", lasting=False)

    def wished(self, since: float) -> bool:
        """Whether he wished so after this time."""
        try:
            return self._wish.stat().st_mtime > since
        except OSError:
            return False

    def standing(self) -> Standing | None:
        return _loaded(Standing, self._standing)

    def tell(self, standing: Standing) -> None:
        """Leave word for `status`."""
        write_private(self._standing, dump(standing), lasting=False)


def _loaded(kind: type[Kept], path: Path) -> Kept | None:
    try:
        return load(kind, path.read_bytes())
    except (OSError, CodecError):
        return None
