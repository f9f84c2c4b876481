"""A directory that is reached by LDAP: where it is, who is looked for in it, and what follows when somebody leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

from portal.domain.connector_fields import ON, Field, FieldKind, complete
from portal.domain.connectors.ldap_schemas import SCHEMAS, LdapSchema
from portal.domain.connectors.pairs import pairs
from portal.domain.errors import InvalidInput
from portal.domain.person_data import is_attribute_name


@unique
class Changes(StrEnum):
    """How a directory is asked for what changed since."""

    AUTO = "auto"  # the best it can
    DIRSYNC = "dirsync"  # Active Directory tells changes and deletions; needs the right to replicate
    USN = "usn"  # Active Directory counts changes; who is gone is found by comparing
    SYNCREPL = "syncrepl"  # OpenLDAP and 389 tell changes, and deletions if they keep a log of them
    MODIFIED = "modified"  # every entry tells when it changed; who is gone is found by comparing
    NONE = "none"  # everything is read each time


@unique
class Leaving(StrEnum):
    """What happens to the devices of somebody who is disabled or gone in the directory."""

    NOTHING = "nothing"
    SUSPEND = "suspend"
    REVOKE = "revoke"


_RULES: Final = tuple(Leaving)

LDAP_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS, schemes=("ldaps", "ldap")),
    Field("trusted", FieldKind.CERTIFICATE),
    Field("bind_dn"),
    Field("password", FieldKind.SECRET),
    Field("schema", FieldKind.CHOICE, default="ad", choices=tuple(SCHEMAS)),
    Field("base_dn"),
    Field("people_filter", required=False),
    Field("groups_base_dn", required=False),
    Field("groups_filter", required=False),
    Field("nested", FieldKind.SWITCH, required=False),
    Field("attributes", FieldKind.LINES, required=False),
    Field("unit"),
    Field("changes", FieldKind.CHOICE, default=Changes.AUTO.value, choices=tuple(Changes)),
    Field("every_minutes", FieldKind.NUMBER, default="60", least=5, most=10_080),
    Field("when_disabled", FieldKind.CHOICE, default=Leaving.SUSPEND.value, choices=_RULES),
    Field("when_gone", FieldKind.CHOICE, default=Leaving.SUSPEND.value, choices=_RULES),
    Field("most_leaving", FieldKind.NUMBER, default="10", least=1, most=100),
    Field("adopt", FieldKind.SWITCH, required=False),
    Field("sign_in", FieldKind.SWITCH, required=False),
    Field("roles", FieldKind.LINES, required=False),
    Field("timeout", FieldKind.NUMBER, default="30", least=5, most=300),
)


@dataclass(frozen=True, slots=True)
class LdapSettings:
    """``attributes`` maps ours to theirs; ``roles`` maps names of groups to keys of roles; ``unit`` is a path.

    ``nested``: whoever is in a group of a group is in it, too.
    """

    address: str
    trusted: str
    bind_dn: str
    password: str
    schema: LdapSchema
    base_dn: str
    people_filter: str
    groups_base_dn: str
    groups_filter: str
    nested: bool
    attributes: Mapping[str, str]
    unit: tuple[str, ...]
    changes: Changes
    every: timedelta
    when_disabled: Leaving
    when_gone: Leaving
    most_leaving: int
    adopt: bool
    sign_in: bool
    roles: Mapping[str, str]
    timeout: timedelta


def ldap_settings(values: Mapping[str, str]) -> LdapSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(LDAP_FIELDS, values)
    schema = SCHEMAS[typed["schema"]]
    return LdapSettings(
        address=typed["address"],
        trusted=typed["trusted"],
        bind_dn=typed["bind_dn"],
        password=typed["password"],
        schema=schema,
        base_dn=typed["base_dn"],
        people_filter=_filter("people_filter", typed["people_filter"]) or schema.people_filter,
        groups_base_dn=typed["groups_base_dn"] or typed["base_dn"],
        groups_filter=_filter("groups_filter", typed["groups_filter"]) or schema.groups_filter,
        nested=typed["nested"] == ON,
        attributes=_attributes(schema, typed["attributes"]),
        unit=_path(typed["unit"]),
        changes=Changes(typed["changes"]),
        every=timedelta(minutes=int(typed["every_minutes"])),
        when_disabled=Leaving(typed["when_disabled"]),
        when_gone=Leaving(typed["when_gone"]),
        most_leaving=int(typed["most_leaving"]),
        adopt=typed["adopt"] == ON,
        sign_in=typed["sign_in"] == ON,
        roles=pairs("roles", typed["roles"]),
        timeout=timedelta(seconds=int(typed["timeout"])),
    )


def owned_attributes(plain: Mapping[str, str]) -> frozenset[str]:
    """Which attributes of people the directory told so owns; with the whole name that is made of them."""
    return frozenset(_attributes(SCHEMAS[plain["schema"]], plain.get("attributes", ""))) | {"cn"}


def signs_in(plain: Mapping[str, str]) -> bool:
    """Whether people sign in with the passwords of the directory told so."""
    return plain.get("sign_in") == ON


def _filter(name: str, value: str) -> str:
    if value and not (value.startswith("(") and value.endswith(")") and value.count("(") == value.count(")")):
        raise InvalidInput({name: "bad_filter"})
    return value


def _attributes(schema: LdapSchema, value: str) -> Mapping[str, str]:
    """Those of the schema, with what was typed put in their place; an empty one is not read."""
    given = pairs("attributes", value, empty=True)
    if any(not is_attribute_name(ours) for ours in given):
        raise InvalidInput({"attributes": "bad_pairs"})
    mapped = {ours: theirs for ours, theirs in {**schema.attributes, **given}.items() if theirs}
    if not {"login", "surname", "given_name"} <= mapped.keys():
        raise InvalidInput({"attributes": "attributes_missing"})
    return mapped


def _path(value: str) -> tuple[str, ...]:
    path = tuple(part.strip() for part in value.replace("\\", "/").split("/") if part.strip())
    if not path:
        raise InvalidInput({"unit": "required"})
    return path
