"""A register of devices that speaks the open contract."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.domain.connector_fields import Field, FieldKind, complete
from portal.domain.errors import InvalidInput

CONTRACT_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    Field("client", required=False),
    Field("secret", FieldKind.SECRET, required=False),
    Field("certificate", FieldKind.CERTIFICATE, required=False),
    Field("key", FieldKind.KEY, required=False),
    Field("server_trusted", FieldKind.CERTIFICATE, required=False),
)
_PAIRS: Final = (("client", "secret"), ("certificate", "key"))


@dataclass(frozen=True, slots=True)
class ContractSettings:
    """``address`` ends before ``/v1``. Calls are signed with ``secret``, or ``certificate`` is shown, or both."""

    address: str
    client: str
    secret: str = field(repr=False)
    certificate: str
    key: str = field(repr=False)
    server_trusted: str


def contract_settings(values: Mapping[str, str]) -> ContractSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(CONTRACT_FIELDS, values)
    halves = {
        lacking: "required" for pair in _PAIRS for lacking in pair if not typed[lacking] and any(map(typed.get, pair))
    }
    if wrong := halves or ({} if typed["client"] or typed["certificate"] else {"client": "required"}):
        raise InvalidInput(wrong)
    return ContractSettings(**typed | {"address": typed["address"].rstrip("/")})
