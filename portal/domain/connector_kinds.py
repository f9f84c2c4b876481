"""The kinds of counterparts outside that can be connected, and what each is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from portal.domain.connector_fields import Field
from portal.domain.connectors.cmp import CMP_FIELDS, cmp_settings
from portal.domain.connectors.contract import CONTRACT_FIELDS, contract_settings
from portal.domain.connectors.django_ca import DJANGO_CA_FIELDS, django_ca_settings
from portal.domain.connectors.est import EST_FIELDS, est_settings
from portal.domain.connectors.files import FILES_FIELDS, files_settings
from portal.domain.connectors.indeed import INDEED_FIELDS, indeed_settings
from portal.domain.connectors.ldap import LDAP_FIELDS, ldap_settings
from portal.domain.connectors.oidc import OIDC_FIELDS, oidc_settings
from portal.domain.connectors.secret_net import SECRET_NET_FIELDS, secret_net_settings
from portal.domain.connectors.sign_in_certificate import CERTIFICATE_FIELDS, certificate_settings
from portal.domain.policy import Register


@unique
class ConnectorKind(StrEnum):
    """What is spoken to whom; a kind stands here once something opens it."""

    CA_CMP = "ca.cmp"
    CA_DJANGO = "ca.django"
    CA_EST = "ca.est"
    CA_FILES = "ca.files"
    DIRECTORY_LDAP = "directory.ldap"
    REGISTER_CONTRACT = "register.contract"
    REGISTER_INDEED = "register.indeed"
    REGISTER_SECRET_NET = "register.secret_net"
    SIGN_IN_CERTIFICATE = "signin.certificate"
    SIGN_IN_OIDC = "signin.oidc"

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
    ConnectorKind.CA_CMP: KindSpec(CMP_FIELDS, cmp_settings),
    ConnectorKind.CA_DJANGO: KindSpec(DJANGO_CA_FIELDS, django_ca_settings),
    ConnectorKind.CA_EST: KindSpec(EST_FIELDS, est_settings),
    ConnectorKind.CA_FILES: KindSpec(FILES_FIELDS, files_settings),
    ConnectorKind.DIRECTORY_LDAP: KindSpec(LDAP_FIELDS, ldap_settings),
    ConnectorKind.REGISTER_CONTRACT: KindSpec(CONTRACT_FIELDS, contract_settings),
    ConnectorKind.REGISTER_INDEED: KindSpec(INDEED_FIELDS, indeed_settings),
    ConnectorKind.REGISTER_SECRET_NET: KindSpec(SECRET_NET_FIELDS, secret_net_settings),
    ConnectorKind.SIGN_IN_CERTIFICATE: KindSpec(CERTIFICATE_FIELDS, certificate_settings),
    ConnectorKind.SIGN_IN_OIDC: KindSpec(OIDC_FIELDS, oidc_settings),
}

#: The kinds that issue certificates.
AUTHORITIES: Final = frozenset(kind for kind in ConnectorKind if kind.family == "ca")
#: The kinds people sign in by.
SIGN_INS: Final = frozenset(kind for kind in ConnectorKind if kind.family == "signin")
#: The register each kind is; there is one connector of a kind at most.
REGISTERS: Final[Mapping[ConnectorKind, Register]] = {
    ConnectorKind.REGISTER_CONTRACT: Register.CONTRACT,
    ConnectorKind.REGISTER_INDEED: Register.ACCESS_MANAGER,
    ConnectorKind.REGISTER_SECRET_NET: Register.SECRET_NET,
}
