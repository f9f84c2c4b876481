"""What authorities of several kinds are told alike: where they are, whom they know us as, whom we believe."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from portal.domain.connector_fields import Field, FieldKind, complete, halves
from portal.domain.connector_profiles import PROFILES, typed_profiles
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate

PROFILE_LINES: Final = Field(PROFILES, FieldKind.LINES)
#: Shown in place of a name with its secret, or besides.
CERTIFICATE: Final = Field("certificate", FieldKind.CERTIFICATE, required=False)
KEY: Final = Field("key", FieldKind.KEY, required=False)
TRUSTED: Final = Field("trusted", FieldKind.CERTIFICATE)
SERVER_TRUSTED: Final = Field("server_trusted", FieldKind.CERTIFICATE, required=False)
REVOCATIONS: Final = Field("revocations", FieldKind.ADDRESS, required=False, schemes=("http", "https"))
HOLDS: Final = Field("holds", FieldKind.SWITCH)
POLL_MINUTES: Final = Field("poll_minutes", FieldKind.NUMBER, default="5", least=1, most=1440)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """An authority behind a server that is told of profiles, and lists what it has revoked at ``revocations``."""

    address: str
    profiles: tuple[OfferedTemplate, ...]
    certificate: str
    key: str = field(repr=False)
    trusted: str
    server_trusted: str
    revocations: str
    poll: timedelta


def typed_for_server(
    fields: Iterable[Field], values: Mapping[str, str], name: str, secret: str
) -> tuple[dict[str, str], dict[str, Any]]:
    """What was typed, and what of it every server is told; a name with its secret, a certificate with its key, or both.

    Raises InvalidInput by field.
    """
    typed = complete(fields, values)
    missing = halves(typed, name, secret) | halves(typed, CERTIFICATE.name, KEY.name)
    if not missing and not typed[name] and not typed[CERTIFICATE.name]:
        missing = {name: "required"}
    if missing:
        raise InvalidInput(missing)
    plain = (CERTIFICATE, KEY, TRUSTED, SERVER_TRUSTED, REVOCATIONS)
    told: dict[str, Any] = {one.name: typed[one.name] for one in plain}
    told |= {"address": typed["address"].rstrip("/"), "profiles": typed_profiles(typed[PROFILES])}
    return typed, {**told, "poll": typed_poll(typed)}


def typed_poll(typed: Mapping[str, str]) -> timedelta:
    """How often an order that waits is asked about."""
    return timedelta(minutes=int(typed[POLL_MINUTES.name]))
