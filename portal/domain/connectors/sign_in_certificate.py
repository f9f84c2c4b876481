"""Signing in with the certificate on a token: where a web server asks for one, and who may come in so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.domain.connector_fields import ON, Field, FieldKind, complete
from portal.domain.errors import InvalidInput

CERTIFICATE_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    Field("employees", FieldKind.SWITCH, default=ON),
    Field("administrators", FieldKind.SWITCH),
    Field("trusted", FieldKind.CERTIFICATE, required=False),
)


@dataclass(frozen=True, slots=True)
class CertificateSettings:
    """``trusted`` vouches for the web server when the way there is checked."""

    address: str
    trusted: str


def certificate_settings(values: Mapping[str, str]) -> CertificateSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(CERTIFICATE_FIELDS, values)
    if not (typed["employees"] or typed["administrators"]):
        raise InvalidInput({"employees": "nobody_signs_in"})
    return CertificateSettings(typed["address"].rstrip("/"), typed["trusted"])
