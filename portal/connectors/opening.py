"""The ways to counterparts by kind; what speaks to one is loaded when it is first opened."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final, cast

from portal.domain.connector_kinds import AUTHORITIES, REGISTERS, SIGN_INS, ConnectorKind
from portal.ports.certificate_authority import CertificateAuthority
from portal.ports.clock import Clock
from portal.ports.connectors import ConnectorValues, Trace
from portal.ports.device_register import DeviceRegister
from portal.ports.directory import Directory
from portal.ports.sign_in import IdentityProvider

#: Where ``opened`` and ``checked`` of a kind are; one line to add one. Directories are given no clock.
OPENINGS: Final[Mapping[ConnectorKind, str]] = {
    ConnectorKind.CA_CMP: "portal.connectors.ca.cmp.opening",
    ConnectorKind.CA_DJANGO: "portal.connectors.ca.django_ca.opening",
    ConnectorKind.CA_EST: "portal.connectors.ca.est.opening",
    ConnectorKind.CA_FILES: "portal.connectors.ca.files.opening",
    ConnectorKind.DIRECTORY_LDAP: "portal.connectors.directory.ldap",
    ConnectorKind.REGISTER_CONTRACT: "portal.connectors.registers.contract.opening",
    ConnectorKind.REGISTER_INDEED: "portal.connectors.registers.indeed.opening",
    ConnectorKind.REGISTER_SECRET_NET: "portal.connectors.registers.secret_net.opening",
    ConnectorKind.SIGN_IN_CERTIFICATE: "portal.connectors.signin.certificate.opening",
    ConnectorKind.SIGN_IN_OIDC: "portal.connectors.signin.oidc.opening",
}


def open_authority(values: ConnectorValues, clock: Clock) -> CertificateAuthority:
    """The authority; nothing is sent yet. Raises InvalidInput by field."""
    return cast("CertificateAuthority", _module(values.kind).opened(values, clock))


def open_directory(values: ConnectorValues) -> Directory:
    """The directory; nothing is sent yet. Raises InvalidInput by field."""
    return cast("Directory", _module(values.kind).opened(values))


def open_provider(values: ConnectorValues, clock: Clock) -> IdentityProvider:
    """The provider people sign in with; nothing is sent yet. Raises InvalidInput by field."""
    return cast("IdentityProvider", _module(values.kind).opened(values, clock))


def open_register(values: ConnectorValues, clock: Clock) -> DeviceRegister:
    """The register of devices; nothing is sent yet. Raises InvalidInput by field."""
    return cast("DeviceRegister", _module(values.kind).opened(values, clock))


def check(values: ConnectorValues, clock: Clock) -> Trace:
    """Try the way there step by step; raises InvalidInput by field."""
    given = (values, clock) if values.kind in AUTHORITIES | SIGN_INS | set(REGISTERS) else (values,)
    return cast("Trace", _module(values.kind).checked(*given))


def _module(kind: ConnectorKind) -> Any:
    return import_module(OPENINGS[kind])
