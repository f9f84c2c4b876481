"""What the built-in authority's certificates say, as OpenSSL reads them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.ca.builtin.templates import TEMPLATES, CaTemplate
from portal.connectors.vault_local import LocalVault
from portal.domain.certificate import KeyAlgorithm, Purpose
from portal.domain.outcomes import Done, Refused
from portal.ports.certificate_authority import CertificateOrder, IssuedCertificate
from tests.support.clock import NOON, FrozenClock
from tests.support.issuing import ready_key
from tests.support.pki import (
    ALTERNATIVE,
    CA_NAME,
    Key,
    a_key,
    a_place,
    an_authority,
    an_order,
    openssl,
    read,
    write_pem,
)


@pytest.fixture
def ca(tmp_path: Path, clock: FrozenClock) -> BuiltinAuthority:
    return an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock))


def made(ca: BuiltinAuthority, order: CertificateOrder) -> x509.Certificate:
    outcome = ca.request(order)
    assert isinstance(outcome, Done), outcome
    return read(outcome.reply)


def usage(certificate: x509.Certificate) -> set[str]:
    found = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert found.critical
    names = ("digital_signature", "content_commitment", "key_encipherment", "key_agreement", "key_cert_sign")
    return {name for name in names if getattr(found.value, name)}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda template: template.name)
@pytest.mark.parametrize("kind", ["rsa2048", "p256"], ids=["rsa", "ec"])
def test_usages_follow_the_purpose(ca: BuiltinAuthority, template: CaTemplate, kind: str) -> None:
    certificate = made(ca, an_order("one", ready_key(kind), template=template.name))
    expected = {
        Purpose.AUTHENTICATE: {"digital_signature"},
        Purpose.SIGN: {"digital_signature", "content_commitment"},
        Purpose.ENCRYPT: {"key_encipherment" if kind == "rsa2048" else "key_agreement"},
    }
    assert usage(certificate) == expected[template.purpose]
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert tuple(extended) == template.usages
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert not basic.value.ca


def test_a_logon_certificate_is_for_domain_logon(ca: BuiltinAuthority, tmp_path: Path) -> None:
    certificate = made(ca, an_order("one", a_key()))
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(extended) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SMARTCARD_LOGON}
    write_pem(tmp_path, "c.pem", certificate.public_bytes(Encoding.DER))
    assert "othername: UPN::elkina@key.example" in openssl(tmp_path, "x509", "-in", "c.pem", "-noout", "-text")


def test_cyrillic_names_are_readable(ca: BuiltinAuthority, tmp_path: Path) -> None:
    certificate = made(ca, an_order("one", a_key()))
    write_pem(tmp_path, "c.pem", certificate.public_bytes(Encoding.DER))
    shown = openssl(
        tmp_path, "x509", "-in", "c.pem", "-noout", "-subject", "-issuer", "-nameopt", "utf8,sep_comma_plus"
    )
    assert "subject=C=RU,O=ООО «Ключ»,OU=Продажи,CN=Ёлкина Юлия Юрьевна" in shown
    assert "issuer=C=RU,O=ООО «Ключ»,CN=Удостоверяющий центр Ключник" in shown


def test_each_part_of_a_name_has_the_type_its_standard_asks_for(ca: BuiltinAuthority) -> None:
    subject = (
        ("CN", "Ёлкина Юлия"),
        ("SN", "Ёлкина"),
        ("GN", "Юлия"),
        ("T", "Бухгалтер"),
        ("emailAddress", "elkina@key.example"),
        ("SNILS", "11223344595"),
        ("SERIALNUMBER", "A-17"),
        ("C", "RU"),
        ("L", "Москва"),
    )
    certificate = made(ca, an_order("one", a_key(), subject=subject))
    body = asn1.Certificate.load(certificate.public_bytes(Encoding.DER))["tbs_certificate"]
    types = {pair["type"].dotted: pair["value"].dump()[0] for part in body["subject"].chosen for pair in part}
    printable, utf8, ia5, numeric = 19, 12, 22, 18
    assert types.pop("2.5.4.6") == printable
    assert types.pop("2.5.4.5") == printable
    assert types.pop("1.2.840.113549.1.9.1") == ia5
    assert types.pop("1.2.643.100.3") == numeric
    assert set(types.values()) == {utf8}


def test_a_mailbox_in_cyrillic_becomes_a_name_that_may_hold_it(ca: BuiltinAuthority) -> None:
    alternative = (("email", "ёлкина@ключ.рф"), ("dns", "ключ.рф"))
    certificate = made(ca, an_order("one", a_key(), template="mail-signature", alternative=alternative))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [other.type_id.dotted_string for other in names.get_values_for_type(x509.OtherName)] == ["1.3.6.1.5.5.7.8.9"]
    assert [name.encode().decode("idna") for name in names.get_values_for_type(x509.DNSName)] == ["ключ.рф"]


def test_it_points_to_where_its_state_is_told(ca: BuiltinAuthority) -> None:
    certificate = made(ca, an_order("one", a_key()))
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    found = [name.value for point in points for name in point.full_name or ()]
    found += [entry.access_location.value for entry in access]
    base = f"http://pki.key.example/pki/{CA_NAME}"
    assert found == [f"{base}/crl", f"{base}/ocsp", f"{base}/certificate"]


def test_its_life_is_the_templates_and_no_longer_than_the_authoritys(tmp_path: Path, clock: FrozenClock) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock)
    ca = an_authority(place)
    early = made(ca, an_order("one", a_key()))
    assert early.not_valid_after_utc == NOON + timedelta(days=365)
    end = x509.load_der_x509_certificate(ca.ca_certificate_der()).not_valid_after_utc
    clock.set(end - timedelta(days=1))
    assert made(ca, an_order("two", a_key())).not_valid_after_utc == end
    clock.set(end)
    outcome = ca.request(an_order("three", a_key()))
    assert isinstance(outcome, Refused)
    assert outcome.why.detail == "authority_expired"


def test_serials_are_random_positive_and_of_twenty_bytes(ca: BuiltinAuthority) -> None:
    serials = [made(ca, an_order(str(n), ready_key("rsa2048"))).serial_number for n in range(5)]
    assert len(set(serials)) == 5
    assert all(serial.bit_length() == 159 for serial in serials)


def test_key_identifiers_link_certificate_and_authority(ca: BuiltinAuthority) -> None:
    certificate = made(ca, an_order("one", a_key()))
    outcome = ca.request(an_order("one", a_key()))
    assert isinstance(outcome, Refused)
    subject_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert subject_id == x509.SubjectKeyIdentifier.from_public_key(certificate.public_key())
    assert certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier


def test_a_template_without_its_alternative_name_is_refused(ca: BuiltinAuthority) -> None:
    outcome = ca.request(an_order("one", a_key(), alternative=ALTERNATIVE[1:]))
    assert isinstance(outcome, Refused)
    assert (outcome.why.detail, outcome.why.get("about")) == ("alternative_missing", "upn")


@pytest.mark.parametrize(
    "a_wrong_one",
    [
        lambda: ready_key("rsa1024"),
        lambda: rsa.generate_private_key(3, 2048),
        lambda: ec.generate_private_key(ec.SECP521R1()),
    ],
    ids=["short", "small exponent", "curve"],
)
def test_a_key_that_is_too_weak_or_strange_is_refused(ca: BuiltinAuthority, a_wrong_one: Callable[[], Key]) -> None:
    outcome = ca.request(an_order("one", a_wrong_one()))
    assert isinstance(outcome, Refused)
    assert outcome.why.detail == "bad_key"


def test_a_policy_of_a_template_is_in_its_certificates(tmp_path: Path) -> None:
    template = replace(TEMPLATES["vpn"], policies=("1.3.6.1.4.1.99999.1",))
    place = replace(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path), templates={"vpn": template})
    certificate = made(an_authority(place), an_order("one", a_key(), template="vpn"))
    policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert [policy.policy_identifier.dotted_string for policy in policies] == ["1.3.6.1.4.1.99999.1"]


@pytest.mark.parametrize("algorithm", [KeyAlgorithm.RSA_2048, KeyAlgorithm.EC_P256, KeyAlgorithm.EC_P384])
def test_an_authority_of_each_kind_of_key_is_believed_by_openssl(tmp_path: Path, algorithm: KeyAlgorithm) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path / "keys")
    ca = an_authority(place, algorithm=algorithm)
    outcome = ca.request(an_order("one", a_key()))
    assert isinstance(outcome, Done)
    write_pem(tmp_path, "ca.pem", ca.ca_certificate_der())
    write_pem(tmp_path, "c.pem", outcome.reply.certificate)
    assert "c.pem: OK" in openssl(tmp_path, "verify", "-x509_strict", "-CAfile", "ca.pem", "c.pem")


def test_it_is_set_up_once_and_opened_ever_after(tmp_path: Path) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path / "keys")
    first = an_authority(place)
    again = an_authority(place)
    opened = open_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path / "keys"), CA_NAME)
    assert opened is not None
    assert first.ca_certificate_der() == again.ca_certificate_der() == opened.ca_certificate_der()
    order = an_order("one", a_key())
    assert opened.request(order) == first.request(order)
    assert open_authority(place, "another") is None
    assert len(list((tmp_path / "keys").glob("*.key"))) == 2


def test_its_key_files_are_encrypted_and_its_owners_only(tmp_path: Path) -> None:
    an_authority(a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path / "keys"))
    files = [file for file in (tmp_path / "keys").iterdir() if file.suffix in {".key", ".password"}]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    keys = [file.read_bytes() for file in files if file.suffix == ".key"]
    assert all(key.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") for key in keys)


def test_a_lost_master_key_means_no_signature_and_says_so_for_now(tmp_path: Path) -> None:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path)
    an_authority(place)
    stranger = open_authority(replace(place, vault=LocalVault(bytes(32))), CA_NAME)
    assert stranger is not None
    order = an_order("one", a_key())
    outcome = stranger.request(order)
    assert isinstance(outcome, Refused)
    assert not outcome.permanent
    owner = open_authority(place, CA_NAME)
    assert owner is not None
    finished = owner.request(order)  # the same order is completed once the key can be read
    assert isinstance(finished, Done)
    assert isinstance(finished.reply, IssuedCertificate)


def test_a_name_of_a_subject_keeps_every_unit(ca: BuiltinAuthority) -> None:
    subject = (("CN", "Ёлкина"), ("OU", "Продажи"), ("OU", "Москва"))
    certificate = made(ca, an_order("one", a_key(), subject=subject))
    units = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    assert [unit.value for unit in units] == ["Продажи", "Москва"]
