"""Secret Net Studio, told of devices through a worker on its own side."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.domain.connector_fields import Field, complete
from portal.domain.connectors.contract import CONTRACT_FIELDS, ContractSettings, contract_settings
from portal.domain.errors import InvalidInput

SECRET_NET_FIELDS: Final = (CONTRACT_FIELDS[0], Field("domain", required=False), *CONTRACT_FIELDS[1:])
_DOMAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class SecretNetSettings:
    """``way`` leads to the worker; ``domain`` stands before the login of a person, as Windows signs him in."""

    way: ContractSettings
    domain: str


def secret_net_settings(values: Mapping[str, str]) -> SecretNetSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    domain = complete(SECRET_NET_FIELDS, values)["domain"]
    if domain and not _DOMAIN.fullmatch(domain):
        raise InvalidInput({"domain": "bad_windows_domain"})
    return SecretNetSettings(contract_settings(values), domain)
