"""What a client has to be told to speak to the stand, kept in its folder."""

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import NAMESPACE_URL, uuid4, uuid5


@dataclass(frozen=True, slots=True)
class Access:
    """What a client has to be told to speak to the stand."""

    client: str = "klyuchnik"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    account: str = "klyuchnik"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(18), repr=False)
    user_prefix: str = "ad"
    mode_id: str = field(default_factory=lambda: str(uuid4()))

    def user_of(self, login: str) -> str:
        """The id of a person whom no directory has brought."""
        return f"{self.user_prefix}_{uuid5(NAMESPACE_URL, login)}"


def access_in(folder: Path) -> Access:
    """The keys kept in this folder; made when there are none."""
    kept = folder / "access.json"
    if kept.exists():
        return Access(**json.loads(kept.read_text()))
    access = Access()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(access), file)
    return access
