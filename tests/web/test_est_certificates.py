"""Renewal by EST with the certificate that is renewed: who shows it, what may be asked with it, what nginx tells."""

import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.named_requests import CHANGED_NAMES, mark_of
from portal.connectors.ca.builtin.setup import create_authority
from portal.connectors.ca.builtin.store import CaStore, StoreDown
from portal.connectors.ca.certificates import certificates_of
from portal.db.models import AuditEntry
from portal.domain.audit import AuditTag
from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Done
from portal.ports.certificate_authority import RevocationOrder
from portal.web.front import ADDRESS_HEADER, CERTIFICATE_HEADER, SECRET_HEADER
from tests.support.clock import FrozenClock
from tests.support.foreign_pki import foreign_root, server_certificate
from tests.support.nginx import nginx
from tests.support.pki import CA_SUBJECT, Key, a_key, a_named_order, read
from tests.support.ports import free_port
from tests.support.source_tree import ROOT
from tests.support.waiting import PATIENCE
from tests.web.visits import Visit

EST: Final = "/.well-known/est"
AGAIN: Final = "simplereenroll"
SAMPLE: Final = ROOT / "docs/deployment/nginx-est.conf"


@pytest.fixture
def ca(portal: Portal) -> BuiltinAuthority:
    return create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)


@pytest.fixture
def password(portal: Portal, ca: BuiltinAuthority) -> str:
    assert ca
    return portal.enrolling_accounts.add("router", ["vpn", "signature"])


@pytest.fixture
def key() -> Key:
    return a_key()


@pytest.fixture
def old(stranger: Visit, password: str, key: Key) -> x509.Certificate:
    """Ordered with the password."""
    return made(post(stranger, wanted(key), "vpn/simpleenroll", **basic("router", password)))


def wanted(key: Key, **other: Any) -> bytes:
    return a_named_order("x", key, **other).request


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{name}:{password}'.encode()).decode()}"}


def shown(portal: Portal, certificate: x509.Certificate, secret: str | None = None) -> dict[str, str]:
    """What the web server in front tells."""
    known = portal.settings.certificate_secret() if secret is None else secret
    pem = certificate.public_bytes(Encoding.PEM).decode()
    return {SECRET_HEADER: known, CERTIFICATE_HEADER: quote(pem), ADDRESS_HEADER: "10.1.2.3"}


def post(stranger: Visit, request: bytes, how: str = AGAIN, **headers: str) -> TestResponse:
    kind = "application/pkcs10"
    return stranger.client.post(f"{EST}/{how}", data=b64encode(request), content_type=kind, headers=headers)


def made(response: TestResponse) -> x509.Certificate:
    assert response.status_code == 200, response.text
    (der,) = certificates_of(response.data)
    return x509.load_der_x509_certificate(der)


def told(response: TestResponse, status: int, words: str) -> None:
    assert response.status_code == status, response.text
    assert words in response.text


def usages(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def test_the_holder_renews_for_a_new_key_once(stranger: Visit, portal: Portal, old: x509.Certificate) -> None:
    fresh = a_key()
    first = made(post(stranger, wanted(fresh), **shown(portal, old)))
    # signed anew for the same key it has other bytes
    assert made(post(stranger, wanted(fresh), f"vpn/{AGAIN}", **shown(portal, old))) == first
    assert first.public_key() == fresh.public_key() != old.public_key()
    assert (first.subject, usages(first)) == (old.subject, usages(old))
    third = made(post(stranger, wanted(fresh), **shown(portal, first)))
    assert third.serial_number not in {first.serial_number, old.serial_number}
    query = select(AuditEntry.actor).where(AuditEntry.tag == AuditTag.PROGRAM_CERTIFIED.value)
    with portal.database.read() as connection:
        assert connection.execute(query).scalars().all() == ["router"] * 3


def test_other_names_are_refused(stranger: Visit, portal: Portal, old: x509.Certificate, password: str) -> None:
    seen = shown(portal, old)
    told(post(stranger, wanted(a_key(), subject=(("CN", "Somebody"),)), **seen), 400, "other names")
    fresh = a_key()
    bare = x509.CertificateSigningRequestBuilder().subject_name(old.subject)
    told(post(stranger, bare.sign(fresh, SHA256()).public_bytes(Encoding.DER), **seen), 400, "other names")
    changed = bare.add_attribute(CHANGED_NAMES, b"another").sign(fresh, SHA256())
    der = changed.public_bytes(Encoding.DER)
    for who in (seen, basic("router", password)):
        told(post(stranger, der, f"vpn/{AGAIN}", **who), 400, "the names it has")


def test_only_the_same_template_while_the_account_may(stranger: Visit, portal: Portal, old: x509.Certificate) -> None:
    seen = shown(portal, old)
    told(post(stranger, wanted(a_key()), f"signature/{AGAIN}", **seen), 403, "of the template 'vpn'")
    told(post(stranger, wanted(a_key()), f"domain-logon/{AGAIN}", **seen), 403, "may not order")
    portal.enrolling_accounts.add("router", ["signature"])
    told(post(stranger, wanted(a_key()), **seen), 403, "may not order")
    assert portal.enrolling_accounts.remove("router")
    told(post(stranger, wanted(a_key()), **seen), 403, "none that a program")


def test_nobody_but_the_web_server_tells_of_certificates(
    stranger: Visit, portal: Portal, old: x509.Certificate, password: str
) -> None:
    for secret in ("", "guessed", portal.settings.front_secret()):
        spoofed = shown(portal, old, secret)
        told(post(stranger, wanted(a_key()), **spoofed), 403, "Only the web server")
        told(post(stranger, wanted(a_key()), **spoofed, **basic("router", password)), 403, "Only the web server")
    told(post(stranger, wanted(a_key()), "vpn/simpleenroll", **shown(portal, old)), 401, "Who asks?")
    rubbish = {**shown(portal, old), CERTIFICATE_HEADER: "rubbish"}
    told(post(stranger, wanted(a_key()), **rubbish), 403, "cannot be read")


def test_one_that_is_foreign_revoked_or_over(
    stranger: Visit, portal: Portal, ca: BuiltinAuthority, old: x509.Certificate, clock: FrozenClock
) -> None:
    issued = ca.request(a_named_order("for-a-token", a_key(), template="vpn"))
    assert isinstance(issued, Done)
    for foreign in (read(issued.reply), foreign_root("Foreign").certificate):
        told(post(stranger, wanted(a_key()), **shown(portal, foreign)), 403, "none that a program")
    renewed = made(post(stranger, wanted(a_key()), **shown(portal, old)))
    ca.revoke(RevocationOrder("lost", format(old.serial_number, "x"), "keyCompromise"))
    told(post(stranger, wanted(a_key()), **shown(portal, old)), 403, "revoked")
    clock.set(renewed.not_valid_after_utc)
    told(post(stranger, wanted(a_key()), **shown(portal, renewed)), 403, "not valid now")


def test_password_and_certificate_have_to_be_of_one_account(
    stranger: Visit, portal: Portal, old: x509.Certificate, password: str
) -> None:
    seen = shown(portal, old)
    both = made(post(stranger, wanted(a_key()), **seen, **basic("router", password)))
    assert both.subject == old.subject
    told(post(stranger, wanted(a_key()), **seen, **basic("router", "wrong")), 401, "Nobody")
    another = portal.enrolling_accounts.add("gate", ["vpn"])
    told(post(stranger, wanted(a_key()), **seen, **basic("gate", another)), 403, "by this account")


def test_one_that_was_ordered_by_cmp_is_renewed_too(
    stranger: Visit, portal: Portal, ca: BuiltinAuthority, password: str
) -> None:
    assert password
    issued = ca.request(a_named_order(f"cmp-{mark_of('router')}-ip-1", a_key(), template="signature"))
    assert isinstance(issued, Done)
    told(post(stranger, wanted(a_key()), f"vpn/{AGAIN}", **shown(portal, read(issued.reply))), 403, "'signature'")
    renewed = made(post(stranger, wanted(a_key()), **shown(portal, read(issued.reply))))
    assert usages(renewed) == usages(read(issued.reply))


@pytest.mark.parametrize("question", ["issued", "revocation"])
def test_while_its_database_is_away_nobody_is_refused_for_good(
    stranger: Visit, portal: Portal, old: x509.Certificate, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    def away(*_asked: object) -> None:
        raise StoreDown

    monkeypatch.setattr(CaStore, question, away)
    answer = post(stranger, wanted(a_key()), **shown(portal, old))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")


@contextmanager
def in_front(app: Flask, folder: Path) -> Iterator[tuple[str, ssl.SSLContext]]:
    """The sample for nginx before the portal: its address, and who trusts it."""
    root, port = foreign_root("TLS root"), free_port()
    tls = server_certificate(root)
    (folder / "fullchain.pem").write_text(tls.pem)
    (folder / "key.pem").write_text(tls.key_pem)
    secret = app.config["CERTIFICATE_SECRET"]
    (folder / "sign-in.conf").write_text(f'proxy_set_header {SECRET_HEADER} "{secret}";\n')
    trusting = ssl.create_default_context(cadata=root.pem)

    def answers() -> bool:
        try:
            return httpx.get(f"https://127.0.0.1:{port}/", verify=trusting, trust_env=False).status_code == 404
        except httpx.TransportError:
            return False

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    given = {"127.0.0.1:8080": f"127.0.0.1:{server.server_port}", "listen 9444": f"listen 127.0.0.1:{port}"}
    given |= {"/etc/klyuchnik/web": str(folder), "/etc/klyuchnik/front": str(folder)}
    try:
        with nginx(SAMPLE, given, folder, answers):
            yield f"https://127.0.0.1:{port}{EST}", trusting
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_sample_for_nginx_tells_of_the_certificate(
    app: Flask, old: x509.Certificate, key: Key, tmp_path: Path
) -> None:
    held = tmp_path / "held.pem"
    private, pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), old.public_bytes(Encoding.PEM)
    held.write_bytes(pem + private)
    forged = {CERTIFICATE_HEADER: quote(pem.decode())}
    fresh = b64encode(wanted(a_key()))
    with in_front(app, tmp_path) as (address, trusting):
        with httpx.Client(verify=trusting, timeout=PATIENCE, trust_env=False) as client:
            assert client.post(f"{address}/{AGAIN}", content=fresh, headers=forged).status_code == 401
            assert client.get(f"{address}/cacerts").status_code == 200
            assert client.get(f"{address}/../../sign-in").status_code == 404
        trusting.load_cert_chain(held)
        with httpx.Client(verify=trusting, timeout=PATIENCE, trust_env=False) as client:
            answer = client.post(f"{address}/{AGAIN}", content=fresh)
            assert answer.status_code == 200, answer.text
            (der,) = certificates_of(answer.content)
            assert x509.load_der_x509_certificate(der).subject == old.subject
