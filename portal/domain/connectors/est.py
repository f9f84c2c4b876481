"""A certification authority that speaks EST (RFC 7030)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from portal.domain.connector_fields import Field, FieldKind, complete, halves
from portal.domain.connector_profiles import PROFILES, typed_profiles
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate

EST_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    Field(PROFILES, FieldKind.LINES),
    Field("user", required=False),
    Field("password", FieldKind.SECRET, required=False),
    Field("certificate", FieldKind.CERTIFICATE, required=False),
    Field("key", FieldKind.KEY, required=False),
    Field("trusted", FieldKind.CERTIFICATE),
    Field("server_trusted", FieldKind.CERTIFICATE, required=False),
    Field("revocations", FieldKind.ADDRESS, required=False, schemes=("http", "https")),
    Field("poll_minutes", FieldKind.NUMBER, default="5", least=1, most=1440),
)
#: A profile of this name is ordered without a label.
UNLABELLED: Final = "default"


@dataclass(frozen=True, slots=True)
class EstSettings:
    """``address`` is the server's, without the path that is well known; each profile is a label there.

    ``certificate`` and ``key`` are shown to the server, or ``user`` and ``password`` said, or both.
    ``revocations`` is where the authority's list of revoked certificates is.
    """

    address: str
    profiles: tuple[OfferedTemplate, ...]
    user: str
    password: str = field(repr=False)
    certificate: str
    key: str = field(repr=False)
    trusted: str
    server_trusted: str
    revocations: str
    poll: timedelta


def est_settings(values: Mapping[str, str]) -> EstSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(EST_FIELDS, values)
    missing = halves(typed, "user", "password") | halves(typed, "certificate", "key")
    if not missing and not typed["user"] and not typed["certificate"]:
        missing = {"user": "required"}
    if missing:
        raise InvalidInput(missing)
    return EstSettings(
        address=typed["address"].rstrip("/"),
        profiles=typed_profiles(typed[PROFILES]),
        user=typed["user"],
        password=typed["password"],
        certificate=typed["certificate"],
        key=typed["key"],
        trusted=typed["trusted"],
        server_trusted=typed["server_trusted"],
        revocations=typed["revocations"],
        poll=timedelta(minutes=int(typed["poll_minutes"])),
    )
