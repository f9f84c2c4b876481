"""What is wrong with what was typed into a field of a connector, and the profiles of an authority typed by people."""

from datetime import timedelta

import pytest

from portal.domain.certificate import Purpose
from portal.domain.connector_fields import Field, FieldKind, certificates_in, complete, lines
from portal.domain.connector_kinds import AUTHORITIES, KINDS, ConnectorKind
from portal.domain.connector_profiles import typed_profiles
from portal.domain.connectors.files import files_settings
from portal.domain.errors import InvalidInput
from portal.domain.policy_offers import OfferedTemplate

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----"
KEY = CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY")
FAULTS = [
    (Field("f"), "УЦ", ""),
    (Field("f"), " ", "required"),
    (Field("f", required=False), "", ""),
    (Field("f"), "x" * 501, "too_long"),
    (Field("f"), "a\x00b", "bad_characters"),
    (Field("f", FieldKind.ADDRESS), "https://ca.example:8443/est", ""),
    (Field("f", FieldKind.ADDRESS), "https://[::1]/", ""),
    (Field("f", FieldKind.ADDRESS), "http://ca.example", "bad_server_address"),
    (Field("f", FieldKind.ADDRESS, schemes=("ldaps",)), "ldaps://dc.example", ""),
    (Field("f", FieldKind.ADDRESS), "https://me:secret@ca.example", "bad_server_address"),
    (Field("f", FieldKind.ADDRESS), "https://ca.example/?secret=1", "bad_server_address"),
    (Field("f", FieldKind.ADDRESS), "https://ca.example:99999", "bad_server_address"),
    (Field("f", FieldKind.ADDRESS), "https://", "bad_server_address"),
    (Field("f", FieldKind.ADDRESS), "https://ca.example/" + "x" * 500, "too_long"),
    (Field("f", FieldKind.NUMBER, least=1, most=9), "9", ""),
    (Field("f", FieldKind.NUMBER, least=1, most=9), "10", "out_of_range"),
    (Field("f", FieldKind.NUMBER), "²", "out_of_range"),
    (Field("f", FieldKind.SWITCH), "y", ""),
    (Field("f", FieldKind.SWITCH), "", ""),
    (Field("f", FieldKind.SWITCH), "maybe", "invalid"),
    (Field("f", FieldKind.CHOICE, choices=("a", "b")), "b", ""),
    (Field("f", FieldKind.CHOICE, choices=("a", "b")), "c", "invalid"),
    (Field("f", FieldKind.LINES), "a\nb", ""),
    (Field("f", FieldKind.LINES), "a\x01", "bad_characters"),
    (Field("f", FieldKind.LINES), "x" * 50_001, "too_long"),
    (Field("f", FieldKind.CERTIFICATE), f"{CERTIFICATE}\n{CERTIFICATE}", ""),
    (Field("f", FieldKind.CERTIFICATE), KEY, "bad_certificates"),
    (Field("f", FieldKind.CERTIFICATE), CERTIFICATE.replace("MAo=", "MAo"), "bad_certificates"),
    (Field("f", FieldKind.CERTIFICATE), CERTIFICATE * 10_000, "bad_certificates"),
    (Field("f", FieldKind.KEY), KEY, ""),
    (Field("f", FieldKind.KEY), CERTIFICATE, "bad_private_key"),
    (Field("f", FieldKind.SECRET), "s3cret", ""),
    (Field("f", FieldKind.FOLDER), "/srv/ca", ""),
    (Field("f", FieldKind.FOLDER), "srv/ca", "bad_folder"),
    (Field("f", FieldKind.FOLDER), "/srv/../etc", "bad_folder"),
]


@pytest.mark.parametrize(("field", "value", "code"), FAULTS, ids=map(str, range(len(FAULTS))))
def test_what_is_wrong_with_it(field: Field, value: str, code: str) -> None:
    assert field.fault(value) == code


def test_all_faults_are_told_at_once() -> None:
    fields = (Field("name"), Field("port", FieldKind.NUMBER, most=9))
    assert complete(fields, {"name": " a ", "port": "7", "other": "x"}) == {"name": "a", "port": "7"}
    with pytest.raises(InvalidInput) as error:
        complete(fields, {"port": "77"})
    assert error.value.fields == {"name": "required", "port": "out_of_range"}


def test_lines_leave_empty_ones_out() -> None:
    assert lines(" a \n\n b\n") == ("a", "b")


def test_profiles_are_typed_a_line_each() -> None:
    assert typed_profiles("vpn\nЭП сотрудника; sign; 90\nmail;encrypt") == (
        OfferedTemplate("vpn", Purpose.AUTHENTICATE, timedelta(days=365)),
        OfferedTemplate("ЭП сотрудника", Purpose.SIGN, timedelta(days=90)),
        OfferedTemplate("mail", Purpose.ENCRYPT, timedelta(days=365)),
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("vpn\nvpn", "repeated_profile"),
        ("; sign", "bad_profile"),
        ("vpn; fun", "bad_profile"),
        ("vpn; sign; 0", "bad_profile"),
        ("vpn; sign; many", "bad_profile"),
        ("vpn; sign; 9000", "bad_profile"),
        ("vpn; sign; 90; 1", "bad_profile"),
        ("x" * 101, "bad_profile"),
    ],
    ids=str,
)
def test_profiles_that_cannot_be_read(value: str, code: str) -> None:
    with pytest.raises(InvalidInput) as error:
        typed_profiles(value)
    assert error.value.fields == {"profiles": code}


def test_certificates_are_taken_out_of_a_text() -> None:
    assert certificates_in(f"УЦ:\n{CERTIFICATE}\n{KEY}\n{CERTIFICATE}") == (b"0\n", b"0\n")


def test_requests_and_answers_have_folders_of_their_own() -> None:
    values = {"folder_out": "/srv/o", "folder_in": "/srv/i", "poll_minutes": "5", "profiles": "v"}
    assert files_settings({**values, "trusted": CERTIFICATE}).poll == timedelta(minutes=5)
    with pytest.raises(InvalidInput) as error:
        files_settings({**values, "trusted": CERTIFICATE, "folder_in": "/srv/o"})
    assert error.value.fields == {"folder_in": "same_folder"}


@pytest.mark.parametrize("kind", list(ConnectorKind), ids=str)
def test_every_kind_says_what_it_is_told(kind: ConnectorKind) -> None:
    spec = KINDS[kind]
    names = [field.name for field in spec.fields]
    assert len(names) == len(set(names))
    assert all(field.default in field.choices for field in spec.fields if field.kind is FieldKind.CHOICE)
    assert (kind in AUTHORITIES) == (kind.family == "ca")
    with pytest.raises(InvalidInput):
        spec.settings({})
