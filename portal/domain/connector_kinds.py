"""The kinds of counterparts outside that can be connected, and what each is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from portal.domain.connector_fields import Field
from portal.domain.connectors.django_ca import DJANGO_CA_FIELDS, django_ca_settings
from portal.domain.connectors.est import EST_FIELDS, est_settings
from portal.domain.connectors.files import FILES_FIELDS, files_settings
from portal.domain.connectors.ldap import LDAP_FIELDS, ldap_settings


@unique
class ConnectorKind(StrEnum):
    """What is spoken to whom; a kind stands here once something opens it."""

    CA_DJANGO = "ca.django"
    CA_EST = "ca.est"
    CA_FILES = "ca.files"
    DIRECTORY_LDAP = "directory.ldap"

    @property
    def family(self) -> str:
        """What it is a connector to: ca, directory and others."""
        return self.value.split(".")[0]


@dataclass(frozen=True, slots=True)
class KindSpec:
    """``settings`` makes typed settings of what was typed and sealed, and raises InvalidInput by field."""

    fields: tuple[Field, ...]
    settings: Callable[[Mapping[str, str]], object]

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the fields that are sealed and never shown again."""
        return frozenset(field.name for field in self.fields if field.secret)


#: One line to add one.
KINDS: Final[Mapping[ConnectorKind, KindSpec]] = {
    ConnectorKind.CA_DJANGO: KindSpec(DJANGO_CA_FIELDS, django_ca_settings),
    ConnectorKind.CA_EST: KindSpec(EST_FIELDS, est_settings),
    ConnectorKind.CA_FILES: KindSpec(FILES_FIELDS, files_settings),
    ConnectorKind.DIRECTORY_LDAP: KindSpec(LDAP_FIELDS, ldap_settings),
}

#: The kinds that issue certificates.
AUTHORITIES: Final = frozenset(kind for kind in ConnectorKind if kind.family == "ca")
