"""What is typed to connect an authority by CMP."""

import pytest

from portal.domain.connectors.cmp import CMP_FIELDS, CmpSettings, ProfileIn, cmp_settings
from portal.domain.errors import InvalidInput

PEM = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----"
KEY = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"
TYPED = {one.name: one.default for one in CMP_FIELDS} | {
    "address": "http://ca.example/pkix/",
    "profiles": "vpn\ndefault",
    "trusted": PEM,
}
SHARED = {"reference": "portal", "secret": "s3cret"}


def settings(**typed: str) -> CmpSettings:
    return cmp_settings(TYPED | SHARED | typed)


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"reference": "", "secret": ""}, "reference"),
        ({"secret": ""}, "secret"),
        ({"reference": ""}, "reference"),
        ({"certificate": PEM}, "key"),
        ({"key": KEY}, "certificate"),
        ({"address": "ldap://ca.example"}, "address"),
        ({"profile_in": "elsewhere"}, "profile_in"),
        ({"answer_seconds": "1"}, "answer_seconds"),
    ],
)
def test_what_does_not_fit_together(typed: dict[str, str], wrong: str) -> None:
    with pytest.raises(InvalidInput) as error:
        settings(**typed)
    assert list(error.value.fields) == [wrong]


def test_a_certificate_instead_of_a_secret() -> None:
    found = settings(reference="", secret="", certificate=PEM, key=KEY)
    assert (found.certificate, found.reference) == (PEM, "")


def test_switches_are_off_until_they_are_on() -> None:
    assert (settings().implicit, settings().remembers) == (False, False)
    found = settings(implicit="y", remembers="y")
    assert (found.implicit, found.remembers) == (True, True)


@pytest.mark.parametrize(
    ("where", "profile", "path"),
    [
        (ProfileIn.ADDRESS, "vpn", "/vpn"),
        (ProfileIn.ADDRESS, "a b/c", "/a%20b%2Fc"),
        (ProfileIn.ADDRESS, "default", ""),
        (ProfileIn.MESSAGE, "vpn", ""),
        (ProfileIn.NOWHERE, "vpn", ""),
    ],
)
def test_where_the_profile_is_named(where: ProfileIn, profile: str, path: str) -> None:
    found = settings(profile_in=where)
    assert (found.address, found.path(profile), found.any_profile) == ("http://ca.example/pkix", path, "vpn")


def test_secrets_are_shown_nowhere() -> None:
    assert "s3cret" not in repr(settings(certificate=PEM, key=KEY))
