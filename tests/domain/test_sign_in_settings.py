"""How people sign in without a password of ours: what is typed, and what is believed of a claim."""

from typing import Any

import pytest

from portal.domain.connector_fields import ON
from portal.domain.connectors.oidc import OIDC_FIELDS, Match, oidc_settings, who_is_meant, words_in
from portal.domain.connectors.pairs import role_of_groups
from portal.domain.connectors.sign_in_certificate import certificate_settings
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Role
from portal.domain.sign_in import SignInDenied, SignInTrouble, may_come

OIDC = {one.name: one.default for one in OIDC_FIELDS} | {
    "label": "Keycloak",
    "issuer": "https://id.example/realms/corp",
    "client_id": "portal",
}


def faults(**typed: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        oidc_settings(OIDC | typed)
    return dict(refused.value.fields)


def test_a_provider_says_which_field_is_wrong() -> None:
    settings = oidc_settings(OIDC | {"client_secret": "hidden", "scopes": " openid  email "})
    assert (settings.issuer, settings.match, settings.scopes) == (OIDC["issuer"], Match.LOGIN, "openid email")
    assert "hidden" not in repr(settings)
    assert faults(issuer="http://id.example") == {"issuer": "bad_server_address"}
    assert faults(scopes="email") == {"scopes": "openid_missing"}
    assert faults(employees="") == {"employees": "nobody_signs_in"}
    assert faults(roles="admins = administrator") == {"groups_claim": "required"}
    assert faults(roles="admins", groups_claim="groups") == {"roles": "bad_pairs"}


@pytest.mark.parametrize(
    ("claims", "name", "found"),
    [
        ({"groups": ["a", "b", 7, " "]}, "groups", ("a", "b")),
        ({"groups": "a"}, "groups", ("a",)),
        ({"realm_access": {"roles": ["a"]}}, "realm_access.roles", ("a",)),
        ({"realm_access": "a"}, "realm_access.roles", ()),
        ({"https://corp.example/groups": ["a"]}, "https://corp.example/groups", ("a",)),
        ({}, "groups", ()),
    ],
    ids=["several", "one", "within", "nothing-within", "a-name-with-dots", "none"],
)
def test_a_claim_may_hold_one_or_several(claims: dict[str, Any], name: str, found: tuple[str, ...]) -> None:
    assert words_in(claims, name) == found


def test_an_address_nobody_verified_names_nobody() -> None:
    assert who_is_meant({"email": "a@b.example"}, "email") == ""
    assert who_is_meant({"email": "a@b.example", "email_verified": "true"}, "email") == ""
    assert who_is_meant({"email": "a@b.example", "email_verified": True}, "email") == "a@b.example"
    assert who_is_meant({"upn": [" a@b ", "c"]}, "upn") == ""
    assert who_is_meant({"upn": " a@b "}, "upn") == "a@b"
    assert who_is_meant({"upn": "a@b\0"}, "upn") == ""


def test_groups_give_roles_and_take_what_they_gave() -> None:
    plain = {"roles": "admins = administrator\nhelpers = operator\nothers = gone"}
    known = frozenset(Role)
    assert role_of_groups(plain, {"helpers", "admins"}, "", known) == Role.ADMINISTRATOR
    assert role_of_groups(plain, {"others"}, "auditor", known) == "auditor"
    assert role_of_groups(plain, set(), "operator", known) == ""


def test_who_comes_in_is_chosen() -> None:
    assert may_come({"employees": ON}, Role.EMPLOYEE)
    assert not may_come({"employees": ON}, Role.OPERATOR)
    assert may_come({"administrators": ON}, "a role made here")
    assert not may_come({"administrators": ON}, Role.EMPLOYEE)


def test_certificates_are_asked_for_somewhere_and_of_somebody() -> None:
    typed = {"address": "https://keys.example:9443/", "employees": ON}
    assert certificate_settings(typed).address == "https://keys.example:9443"
    with pytest.raises(InvalidInput) as refused:
        certificate_settings({**typed, "employees": ""})
    assert refused.value.fields == {"employees": "nobody_signs_in"}


def test_a_refusal_says_why_and_of_whom() -> None:
    denied = SignInDenied(SignInTrouble.CLOSED, login="anna")
    assert (denied.trouble, denied.code, denied.data, denied.retry_at) == ("closed", "closed", {"login": "anna"}, None)
