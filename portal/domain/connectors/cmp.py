"""A certification authority that speaks CMP (RFC 4210, RFC 9483)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final
from urllib.parse import quote

from portal.domain.connector_fields import ON, Field, FieldKind
from portal.domain.connectors import authority as common


@unique
class ProfileIn(StrEnum):
    """Where a server looks for the profile."""

    ADDRESS = "address"
    MESSAGE = "message"
    NOWHERE = "nowhere"


CMP_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS, schemes=("https", "http")),
    common.PROFILE_LINES,
    Field("profile_in", FieldKind.CHOICE, default=ProfileIn.ADDRESS, choices=tuple(ProfileIn)),
    Field("reference", required=False),
    Field("secret", FieldKind.SECRET, required=False),
    common.CERTIFICATE,
    common.KEY,
    common.TRUSTED,
    Field("signers", FieldKind.CERTIFICATE, required=False),
    common.SERVER_TRUSTED,
    common.REVOCATIONS,
    Field("implicit", FieldKind.SWITCH),
    Field("remembers", FieldKind.SWITCH),
    common.HOLDS,
    Field("answer_seconds", FieldKind.NUMBER, default="30", least=5, most=300),
    common.POLL_MINUTES,
)
#: A profile of this name is ordered without one.
UNNAMED: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpSettings(common.ServerSettings):
    """Messages are proven by ``reference`` and ``secret``, else signed with ``certificate`` and ``key``.

    ``trusted`` begins with the authority that issues; ``signers`` may sign answers besides it. ``remembers`` says
    that the server knows its transactions: one it does not know was never begun; ``holds`` that it takes holds back.
    """

    profile_in: ProfileIn
    reference: str
    secret: str = field(repr=False)
    signers: str
    implicit: bool
    remembers: bool
    holds: bool
    answer_within: timedelta

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
    typed, told = common.typed_for_server(CMP_FIELDS, values, "reference", "secret")
    return CmpSettings(
        profile_in=ProfileIn(typed["profile_in"]),
        reference=typed["reference"],
        secret=typed["secret"],
        signers=typed["signers"],
        implicit=typed["implicit"] == ON,
        remembers=typed["remembers"] == ON,
        holds=typed["holds"] == ON,
        answer_within=timedelta(seconds=int(typed["answer_seconds"])),
        **told,
    )
