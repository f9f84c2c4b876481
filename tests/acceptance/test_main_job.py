"""The main job by hand in a real browser, on a real token; then programs that are not ours say what came of it."""

from pathlib import Path
from typing import Final
from urllib.request import urlopen

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID
from playwright.sync_api import Page, expect

from tests.acceptance.conftest import Visit
from tests.acceptance.installation import PIN, Installation
from tests.acceptance.third_party import CERTIFICATE, PRIVATE, PUBLIC, OpenSc, TokenObject, openssl, stored_objects
from tests.support.browser import reload_until

pytestmark = pytest.mark.e2e

ISSUED: Final = ("Вход в домен", "Удалённый доступ", "Шифрование почты")
PLANNED: Final = (*ISSUED, "Wi-Fi офиса", "Партнёр")


def test_the_whole_path_by_hand(visit: Visit, installation: Installation, tmp_path: Path) -> None:
    _, serial = installation.device("Смирнова")
    opensc = OpenSc(installation.hsm, serial, PIN)
    before, stored = opensc.objects(), stored_objects(installation.hsm, serial)
    old = one(before, CERTIFICATE, "Вход в домен")
    old_certificate, foreign = opensc.read(old), one(before, CERTIFICATE, "Партнёр")
    foreign_bytes = opensc.read(foreign)

    update_by_hand(visit())

    after = opensc.objects()
    exactly_as_planned(after, before)
    assert opensc.read(foreign) == foreign_bytes
    untouched = stored & stored_objects(installation.hsm, serial)
    assert len(untouched) == len([found for found in before if found.id == foreign.id])
    for label in ISSUED:
        fresh = x509.load_der_x509_certificate(opensc.read(one(after, CERTIFICATE, label)))
        pairs_with_its_key(opensc, one(after, PRIVATE, label), fresh, tmp_path)
        verified_by_openssl(fresh, tmp_path)
        revoked_for_openssl(x509.load_der_x509_certificate(old_certificate), fresh, tmp_path)


def test_the_same_path_without_scripts(visit: Visit, installation: Installation) -> None:
    page = visit("operator", java_script_enabled=False)
    page.fill("#search", "соколова екатерина")
    page.keyboard.press("Enter")
    page.locator("main tbody th a", has_text="Соколова").first.click()
    page.locator("details.device > summary").first.click()
    page.get_by_role("link", name="Открыть карточку устройства").click()
    page.get_by_role("link", name="Обновить", exact=True).click()
    expect(page.locator("main")).to_contain_text("Что изменится")
    page.get_by_role("button", name="Дальше").click()
    page.fill("[name=pin]", PIN)
    page.get_by_role("button", name="Обновить").click()
    reload_until(page, "Устройство обновлено")
    _, serial = installation.device("Соколова")
    labels = {found.label for found in OpenSc(installation.hsm, serial, PIN).objects()}
    assert labels == {"Вход в домен", "Wi-Fi офиса"}


def update_by_hand(page: Page) -> None:
    """Search, look, choose, PIN, watch, track, read the summary."""
    page.fill("#search", "смирнова анна")
    page.locator(".search__results a").first.click()
    page.locator("details.device > summary").first.click()
    expect(page.locator(".device__body").first).to_contain_text("Истекает срок действия сертификата «Вход в домен»")
    page.locator(".device__body [data-row-action]").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Удалить «Подпись почты»: шаблона нет в новой политике")
    assert dialog.evaluate("shown => shown.matches(':modal')")
    expect(dialog).to_contain_text("Записать общий сертификат «Wi-Fi офиса»")
    dialog.get_by_label("Шифрование почты").check()
    expect(dialog).to_contain_text("Выпустить «Шифрование почты»")
    page.locator("dialog .dialog__foot .button--primary").click()
    expect(page.locator("#presence")).to_contain_text("Токен подключён")
    page.fill("[name=pin]", PIN)
    with page.expect_response("**/events*") as stream:
        page.keyboard.press("Enter")
    assert stream.value.headers["content-type"].startswith("text/event-stream")
    expect(dialog).to_contain_text("Сертификаты, добавленные вне системы")
    expect(dialog).to_contain_text("УЦ партнёра")
    dialog.get_by_role("button", name="Отслеживать отмеченные").click()
    expect(dialog).to_contain_text("Устройство обновлено")
    for sentence in ("Перевыпущен «Вход в домен»", "Выпущен «Удалённый доступ»", "Удалён «Подпись почты»"):
        expect(dialog).to_contain_text(sentence)
    dialog.get_by_role("link", name="Готово").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".device__body").first).to_contain_text("отслеживаемый")


def one(objects: list[TokenObject], kind: str, label: str) -> TokenObject:
    """The only object of this kind and label."""
    (found,) = [found for found in objects if (found.kind, found.label) == (kind, label)]
    return found


def exactly_as_planned(after: list[TokenObject], before: list[TokenObject]) -> None:
    """Certificate, private and public key of each planned certificate under one id, and nothing else."""
    assert sorted((found.kind, found.label) for found in after) == sorted(
        (kind, label) for kind in (CERTIFICATE, PRIVATE, PUBLIC) for label in PLANNED
    )
    for label in PLANNED:
        assert len({found.id for found in after if found.label == label}) == 1
    assert len({found.id for found in after}) == len(PLANNED)
    assert [found for found in before if found in after] == [found for found in before if found.label == "Партнёр"]
    for label in ISSUED:
        access = one(after, PRIVATE, label).access
        assert "never extractable" in access
        assert "local" in access


def pairs_with_its_key(opensc: OpenSc, key: TokenObject, certificate: x509.Certificate, folder: Path) -> None:
    public = certificate.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mechanism = "RSA-PKCS" if isinstance(public, RSAPublicKey) else "ECDSA"
    assert opensc.proves_possession(key.id, pem, folder, mechanism)


def verified_by_openssl(certificate: x509.Certificate, folder: Path) -> None:
    """By the CA's certificate and the list fetched from where the certificate itself says."""
    fetch_authority(certificate, folder)
    (folder / "leaf.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    command = ("verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "-x509_strict", "leaf.pem")
    assert "leaf.pem: OK" in openssl(folder, *command)
    assert "leaf.pem: good" in asked_by_ocsp(certificate, folder)


def revoked_for_openssl(old: x509.Certificate, fresh: x509.Certificate, folder: Path) -> None:
    """The replaced certificate is on the list and OCSP says so, too."""
    fetch_authority(fresh, folder)
    (folder / "leaf.pem").write_bytes(old.public_bytes(Encoding.PEM))
    command = ("verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check", "leaf.pem")
    assert "certificate revoked" in openssl(folder, *command)
    assert "leaf.pem: revoked" in asked_by_ocsp(fresh, folder)


def fetch_authority(certificate: x509.Certificate, folder: Path) -> None:
    points = certificate.extensions.get_extension_for_oid(ExtensionOID.CRL_DISTRIBUTION_POINTS).value
    assert isinstance(points, x509.CRLDistributionPoints)
    names = [name.value for name in points[0].full_name or []]
    (folder / "crl.der").write_bytes(fetched(names[0]))
    (folder / "ca.der").write_bytes(fetched(access_to(certificate, AuthorityInformationAccessOID.CA_ISSUERS)))
    openssl(folder, "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem")
    openssl(folder, "x509", "-inform", "DER", "-in", "ca.der", "-out", "ca.pem")


def asked_by_ocsp(certificate: x509.Certificate, folder: Path) -> str:
    """What OpenSSL hears about leaf.pem from the responder the certificate names."""
    where = access_to(certificate, AuthorityInformationAccessOID.OCSP)
    command = ("ocsp", "-issuer", "ca.pem", "-cert", "leaf.pem", "-url", where, "-CAfile", "ca.pem")
    said = openssl(folder, *command)
    assert "Response verify OK" in said, said
    return said


def access_to(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> str:
    found = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    assert isinstance(found, x509.AuthorityInformationAccess)
    return next(str(entry.access_location.value) for entry in found if entry.access_method == method)


def fetched(address: str) -> bytes:
    assert address.startswith("http://127.0.0.1:")
    with urlopen(address, timeout=180) as answer:  # noqa: S310  just looked at
        return bytes(answer.read())
