"""An OpenID provider by other people as a judge: a process of its own in an environment of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portal.domain.connector_fields import ON
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.connectors.oidc import OIDC_FIELDS
from portal.services.connectors import ConnectorDraft
from tests.support.processes import RigError, start
from tests.support.source_tree import ROOT

NAME: Final = "judge"
LABEL: Final = "Учётная запись предприятия"
_PYTHON: Final = ROOT / ".venv" / "peers-oidc" / "bin" / "python"
_PROGRAM: Final = Path(__file__).with_name("oidc_peer") / "serve.py"


@dataclass(frozen=True, slots=True)
class OidcJudge:
    """Where it is, and the password of everybody there."""

    note: dict[str, Any]

    @property
    def password(self) -> str:
        return str(self.note["password"])

    def draft(self, **other: str) -> ConnectorDraft:
        """What a person types, but for what a test types otherwise."""
        usual = {one.name: one.default for one in OIDC_FIELDS}
        typed = {"label": LABEL, "issuer": self.note["issuer"], "trusted": self.note["trusted"]}
        typed |= {"client_id": self.note["client"], "client_secret": self.note["secret"], "administrators": ON}
        return ConnectorDraft(ConnectorKind.SIGN_IN_OIDC, NAME, {**usual, **typed, "timeout": "60", **other})


@contextmanager
def oidc_judge(folder: Path, portal: str) -> Iterator[OidcJudge]:
    """Run it until the end of the block; it lets people back to this portal."""
    if not _PYTHON.exists():
        raise RigError("the OpenID provider is not installed: run bin/setup")
    addresses = f"{portal}/sign-in/with/{NAME}/answer", f"{portal}/sign-in"
    server = start([_PYTHON, _PROGRAM, folder, *addresses], folder / "log")
    note = folder / "note.json"
    try:
        server.wait_until(note.exists)
        yield OidcJudge(json.loads(note.read_text()))
    finally:
        server.stop()
