"""A certification authority that speaks CMP (RFC 4210, RFC 9483)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final
from urllib.parse import quote

from portal.domain.connector_fields import ON, Field, FieldKind, complete, halves
from portal.domain.connector_profiles import PROFILES, typed_profiles
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate


@unique
class ProfileIn(StrEnum):
    """Where a server looks for the profile."""

    ADDRESS = "address"
    MESSAGE = "message"
    NOWHERE = "nowhere"


CMP_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS, schemes=("https", "http")),
    Field(PROFILES, FieldKind.LINES),
    Field("profile_in", FieldKind.CHOICE, default=ProfileIn.ADDRESS, choices=tuple(ProfileIn)),
    Field("reference", required=False),
    Field("secret", FieldKind.SECRET, required=False),
    Field("certificate", FieldKind.CERTIFICATE, required=False),
    Field("key", FieldKind.KEY, required=False),
    Field("trusted", FieldKind.CERTIFICATE),
    Field("signers", FieldKind.CERTIFICATE, required=False),
    Field("server_trusted", FieldKind.CERTIFICATE, required=False),
    Field("revocations", FieldKind.ADDRESS, required=False, schemes=("http", "https")),
    Field("implicit", FieldKind.SWITCH),
    Field("remembers", FieldKind.SWITCH),
    Field("holds", FieldKind.SWITCH),
    Field("answer_seconds", FieldKind.NUMBER, default="30", least=5, most=300),
    Field("poll_minutes", FieldKind.NUMBER, default="5", least=1, most=1440),
)
#: A profile of this name is ordered without one.
UNNAMED: Final = "default"


@dataclass(frozen=True, slots=True)
class CmpSettings:
    """Messages are proven by ``reference`` and ``secret``, else signed with ``certificate`` and ``key``.

    ``trusted`` begins with the authority that issues; ``signers`` may sign answers besides it. ``remembers`` says
    that the server knows its transactions: one it does not know was never begun; ``holds`` that it takes holds back.
    """

    address: str
    profiles: tuple[OfferedTemplate, ...]
    profile_in: ProfileIn
    reference: str
    secret: str = field(repr=False)
    certificate: str
    key: str = field(repr=False)
    trusted: str
    signers: str
    server_trusted: str
    revocations: str
    implicit: bool
    remembers: bool
    holds: bool
    answer_within: timedelta
    poll: timedelta

    @property
    def any_profile(self) -> str:
        """Where a server is spoken to about no order: some have no address without a profile."""
        return self.profiles[0].name

    def path(self, profile: str) -> str:
        """What is put behind the address for this profile."""
        named = self.profile_in is ProfileIn.ADDRESS and profile != UNNAMED
        return f"/{quote(profile, safe='')}" if named else ""


def cmp_settings(values: Mapping[str, str]) -> CmpSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(CMP_FIELDS, values)
    missing = halves(typed, "reference", "secret") | halves(typed, "certificate", "key")
    if not missing and not typed["reference"] and not typed["certificate"]:
        missing = {"reference": "required"}
    if missing:
        raise InvalidInput(missing)
    plain = ("reference", "secret", "certificate", "key", "trusted", "signers", "server_trusted", "revocations")
    return CmpSettings(
        address=typed["address"].rstrip("/"),
        profiles=typed_profiles(typed[PROFILES]),
        profile_in=ProfileIn(typed["profile_in"]),
        implicit=typed["implicit"] == ON,
        remembers=typed["remembers"] == ON,
        holds=typed["holds"] == ON,
        answer_within=timedelta(seconds=int(typed["answer_seconds"])),
        poll=timedelta(minutes=int(typed["poll_minutes"])),
        **{name: typed[name] for name in plain},
    )
