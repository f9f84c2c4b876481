"""An OpenID provider people sign in with: where it is, whom its word is about, and who may come in so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

from portal.domain.connector_fields import ON, Field, FieldKind, complete
from portal.domain.connectors.pairs import pairs
from portal.domain.errors import InvalidInput


@unique
class Match(StrEnum):
    """What of ours a claim is compared with when somebody comes for the first time."""

    LOGIN = "login"
    EMAIL = "email"
    UPN = "upn"


OIDC_FIELDS: Final = (
    Field("label"),
    Field("issuer", FieldKind.ADDRESS),
    Field("client_id"),
    Field("client_secret", FieldKind.SECRET, required=False),
    Field("scopes", default="openid profile email"),
    Field("claim", default="preferred_username"),
    Field("match", FieldKind.CHOICE, default=Match.LOGIN.value, choices=tuple(Match)),
    Field("employees", FieldKind.SWITCH, default=ON),
    Field("administrators", FieldKind.SWITCH),
    Field("groups_claim", required=False),
    Field("roles", FieldKind.LINES, required=False),
    Field("trusted", FieldKind.CERTIFICATE, required=False),
    Field("timeout", FieldKind.NUMBER, default="10", least=2, most=60),
)
#: With this scope it is OpenID Connect and not something else.
_OPENID: Final = "openid"


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """``claim`` tells who is meant the first time, compared as ``match`` says; later the subject does."""

    issuer: str
    client_id: str
    scopes: str
    claim: str
    match: Match
    groups_claim: str
    trusted: str
    timeout: timedelta
    client_secret: str = field(default="", repr=False)


def oidc_settings(values: Mapping[str, str]) -> OidcSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(OIDC_FIELDS, values)
    scopes = typed["scopes"].split()
    if _OPENID not in scopes:
        raise InvalidInput({"scopes": "openid_missing"})
    if not (typed["employees"] or typed["administrators"]):
        raise InvalidInput({"employees": "nobody_signs_in"})
    if pairs("roles", typed["roles"]) and not typed["groups_claim"]:
        raise InvalidInput({"groups_claim": "required"})
    return OidcSettings(
        issuer=typed["issuer"],
        client_id=typed["client_id"],
        client_secret=typed["client_secret"],
        scopes=" ".join(scopes),
        claim=typed["claim"],
        match=Match(typed["match"]),
        groups_claim=typed["groups_claim"],
        trusted=typed["trusted"],
        timeout=timedelta(seconds=int(typed["timeout"])),
    )


def words_in(claims: Mapping[str, object], name: str) -> tuple[str, ...]:
    """The texts of a claim, which may be one or several; a name with dots leads into what it holds."""
    found: object = claims.get(name)
    if found is None and "." in name:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list | tuple) else (found,)
    return tuple(one for one in several if isinstance(one, str) and one.strip())


def who_is_meant(claims: Mapping[str, object], claim: str) -> str:
    """What the claim says of who it is; nothing when it says nothing, an address nobody has verified, or no text."""
    said = words_in(claims, claim)
    if claim == "email" and claims.get("email_verified") is not True:
        return ""
    return said[0].strip() if len(said) == 1 and said[0].isprintable() else ""
