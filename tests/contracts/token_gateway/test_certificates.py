"""Certificates and pairs: written, proved, imported, removed, and nothing else touched."""

import pytest

from portal.connectors.x509 import X509Reader
from portal.domain.troubles import Trouble
from portal.ports.token import ProveCertificate, RemoveCertificate, RemoveKeyPair, TokenGateway, WriteCertificate
from tests.contracts.token_gateway.rigs import (
    ONE,
    TWO,
    WITH_CUTS,
    common,
    contents_of,
    done,
    fingerprint,
    generated,
    issued,
    refused,
)
from tests.support.issuing import certificate_for, ready_key, spki_of

pytestmark = pytest.mark.parametrize("rig", WITH_CUTS, indirect=True)


def test_a_written_certificate_is_read_back_and_proved(gateway: TokenGateway) -> None:
    der = issued(gateway, name="Ёжиков Пётр")
    (certificate,) = contents_of(gateway).certificates
    facts = X509Reader().certificate(der)
    assert (certificate.key_id, certificate.label, certificate.has_key) == (ONE, "Подпись", True)
    assert certificate.subject == facts.subject == "CN=Ёжиков Пётр"
    assert (certificate.serial, certificate.not_after) == (facts.serial, facts.not_after)
    assert done(gateway.carry_out(ProveCertificate(ONE, fingerprint(der)))).fingerprint == fingerprint(der)


def test_writing_twice_leaves_one(gateway: TokenGateway) -> None:
    der = issued(gateway)
    assert done(gateway.carry_out(WriteCertificate(ONE, "Подпись", der))).fingerprint == fingerprint(der)
    assert len(contents_of(gateway).certificates) == 1


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_a_certificate_of_another_key_is_not_proved(gateway: TokenGateway, kind: str) -> None:
    generated(gateway)
    der = certificate_for(spki_of(ready_key(kind)))
    done(gateway.carry_out(WriteCertificate(ONE, "чужой", der)))
    assert refused(gateway.carry_out(ProveCertificate(ONE, fingerprint(der))), Trouble.PROOF_FAILED).permanent


def test_what_is_not_there_is_not_proved(gateway: TokenGateway) -> None:
    generated(gateway)
    assert refused(gateway.carry_out(ProveCertificate(ONE, "00")), Trouble.OBJECT_MISSING).permanent


def test_removal_takes_one_certificate_and_nothing_else(gateway: TokenGateway) -> None:
    kept, other = issued(gateway, ONE), issued(gateway, TWO)
    gone = certificate_for(generated(gateway, ONE), "старый")
    done(gateway.carry_out(WriteCertificate(ONE, "старый", gone)))
    done(gateway.carry_out(WriteCertificate(TWO, "он же", gone)))
    done(gateway.carry_out(RemoveCertificate(ONE, fingerprint(gone))))
    places = {(one.key_id, one.fingerprint) for one in contents_of(gateway).certificates}
    assert places == {(ONE, fingerprint(kept)), (TWO, fingerprint(other)), (TWO, fingerprint(gone))}
    assert len(contents_of(gateway).keys) == 2


def test_removal_takes_one_pair_and_nothing_else(gateway: TokenGateway) -> None:
    issued(gateway, ONE)
    issued(gateway, TWO)
    done(gateway.carry_out(RemoveKeyPair(ONE)))
    contents = contents_of(gateway)
    assert [key.key_id for key in contents.keys] == [TWO]
    assert {one.key_id: one.has_key for one in contents.certificates} == {ONE: False, TWO: True}


def test_removing_what_is_not_there_is_done(gateway: TokenGateway) -> None:
    done(gateway.carry_out(RemoveKeyPair(ONE)))
    assert done(gateway.carry_out(RemoveCertificate(ONE, "ab"))).fingerprint == "ab"


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
def test_an_imported_pair_works(gateway: TokenGateway, kind: str) -> None:
    order = common(kind)
    assert done(gateway.carry_out(order)).fingerprint == fingerprint(order.certificate)
    done(gateway.carry_out(order))
    contents = contents_of(gateway)
    assert [(one.key_id, one.has_key) for one in contents.certificates] == [(TWO, True)]
    assert [(key.key_id, key.algorithm, key.public, key.private) for key in contents.keys] == [(TWO, kind, True, True)]
    done(gateway.carry_out(ProveCertificate(TWO, fingerprint(order.certificate))))


def test_the_hash_of_the_contents_is_about_certificates_only(gateway: TokenGateway) -> None:
    before = contents_of(gateway).content_hash()
    generated(gateway)
    assert contents_of(gateway).content_hash() == before
    issued(gateway)
    assert contents_of(gateway).content_hash() != before
