"""A connector to an authority by files, and a kind made up of what kinds may ask for."""

from typing import Any, Final, cast

import pytest

from portal.domain.connector_fields import Field, FieldKind, complete
from portal.domain.connector_kinds import KINDS, ConnectorKind, KindSpec
from portal.services.connectors import ConnectorDraft

FILES: Final = ConnectorKind.CA_FILES
#: The form of a certificate; nothing here reads one.
PEM: Final = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"
SECRETIVE: Final = (
    Field("address", FieldKind.ADDRESS),
    Field("password", FieldKind.SECRET),
    Field("key", FieldKind.KEY, required=False),
    Field("test", FieldKind.SWITCH),
)


def typed(**changed: str) -> dict[str, str]:
    """What is typed for an authority by files."""
    values = {"folder_out": "/srv/ca/out", "folder_in": "/srv/ca/in", "poll_minutes": "5", "profiles": "vpn"}
    return {**values, "trusted": PEM, **changed}


def a_draft(name: str = "enterprise", **changed: str) -> ConnectorDraft:
    return ConnectorDraft(FILES, name, typed(**changed))


def secretive(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on this kind asks for an address and secrets."""
    kinds = cast("dict[ConnectorKind, Any]", KINDS)
    monkeypatch.setitem(kinds, FILES, KindSpec(SECRETIVE, lambda values: complete(SECRETIVE, values)))
