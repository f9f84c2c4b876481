"""Common certificates in the console: files of every kind, replacing, coverage, and when one may go."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import delete, func, insert, select, update
from werkzeug.test import TestResponse

from portal.bootstrap import Portal
from portal.db import snapshots
from portal.db.models import Certificate, CertificatePlace, Device, DeviceContents, DeviceFinding, Person, Policy
from portal.db.models import CommonCertificateVersion as Stored
from portal.db.queries.commons import key_of
from portal.domain.certificate import CertificateKind
from portal.domain.ids import DeviceId
from portal.domain.policy import CommonCertificate
from portal.services.policies import publish
from tests.support.clock import NOON
from tests.support.issuing import ready_key
from tests.support.pki import a_key
from tests.web.visits import Visit
from tests.web.world import World

NAME: Final = "Wi-Fi офиса"
PASSWORD: Final = "пароль файла 7319"
PAGE: Final = f"/admin/commons/{key_of(NAME)}"
YEAR: Final = timedelta(days=365)


def certificate(
    key: Any, name: str = NAME, *, begins: datetime = NOON, ends: datetime | None = None
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(begins - YEAR).not_valid_after(ends or NOON + YEAR)
    return builder.sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())


def pfx(key: Any = None, *, chain: int = 0, **dates: datetime) -> bytes:
    own = a_key() if key is None else key
    others = [certificate(a_key(), f"УЦ {number}") for number in range(chain)]
    sealed = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"x", own, certificate(own, **dates), others or None, sealed)  # type: ignore[arg-type]


def without_key() -> bytes:
    sealed = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(b"x", None, None, [certificate(a_key())], sealed)


def send(
    visit: Visit, data: bytes, password: str = PASSWORD, address: str = "/admin/commons", **more: object
) -> TestResponse:
    form = {"name": NAME, "password": password, "file": (BytesIO(data), "office.pfx"), **more}
    return visit.post(address, form)


def stored(portal: Portal) -> int:
    with portal.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(Stored)).scalar_one())


def review(portal: Portal) -> None:
    portal.monitor.review_marked()
    portal.monitor.review_due()


def carry(portal: Portal, version: int = 1) -> None:
    """Let the only policy carry it."""
    with portal.database.begin() as connection:
        found = connection.execute(select(Stored.fingerprint).where(Stored.version == version)).scalar_one()
        body = snapshots.policy_version(connection, 1, 1)
        publish(connection, replace(body, commons=(CommonCertificate(NAME, version, found),)), actor="admin", now=NOON)
    review(portal)


def put_on(portal: Portal, device: int, version: int) -> None:
    """The device has this version on its token."""
    with portal.database.begin() as connection:
        found = connection.execute(select(Stored.fingerprint).where(Stored.version == version)).scalar_one()
        connection.execute(
            insert(Certificate).values(
                device_id=device,
                kind=CertificateKind.COMMON,
                name=NAME,
                common_version=version,
                fingerprint=found,
                status=CertificatePlace.WRITTEN,
                created_at=NOON,
                revocation="good",
                attributes=[],
                escrow=False,
                revoke_on_removal=False,
                history=False,
            )
        )
        connection.execute(delete(DeviceContents).where(DeviceContents.device_id == device))
    portal.updates.review(DeviceId(device))


@pytest.mark.parametrize(
    ("data", "password", "said"),
    [
        (lambda: b"", PASSWORD, "Выберите файл"),
        (pfx, "не тот", "Этот пароль не открывает файл"),
        (without_key, PASSWORD, "В файле нет закрытого ключа"),
        (lambda: pfx(ends=NOON - timedelta(days=1)), PASSWORD, "Срок действия сертификата истёк"),
        (lambda: pfx(begins=NOON + 2 * YEAR, ends=NOON + 3 * YEAR), PASSWORD, "ещё не начался"),
        (lambda: b"\x30\x82rubbish" * 1000, PASSWORD, "Это не файл PFX"),
        (lambda: b"\x00\xffrubbish!" * 111_111, PASSWORD, "Файл больше, чем бывает PFX"),
        (lambda: pfx(ready_key("rsa1024")), PASSWORD, "слишком слабый"),
        (lambda: pfx(ed25519.Ed25519PrivateKey.generate()), PASSWORD, "не записываются на токены"),
    ],
    ids=["none", "password", "no-key", "expired", "early", "rubbish", "megabyte", "weak", "kind"],
)
def test_a_file_that_is_no_use_is_told_so_and_leaves_nothing(
    admin: Visit, portal: Portal, data: Callable[[], bytes], password: str, said: str
) -> None:
    answer = send(admin, data(), password)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{NAME}"' in answer.text, "what was typed stays"
    assert stored(portal) == 0


def test_a_chain_is_taken_and_shown(admin: Visit, portal: Portal) -> None:
    assert send(admin, pfx(chain=2)).status_code == 303
    page, _ = admin.both(PAGE)
    assert "УЦ 0" in page
    assert "EC P-256" in page
    assert "не используется" in page


def test_the_key_lies_sealed_and_the_password_nowhere(
    admin: Visit, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    send(admin, pfx())
    with portal.database.read() as connection:
        file = connection.connection.dbapi_connection.execute("PRAGMA database_list").fetchone()[2]  # type: ignore[union-attr]
        sealed = connection.execute(select(Stored.sealed)).scalar_one()
    assert b"PRIVATE" not in sealed
    with open(file, "rb") as database, open(f"{file}-wal", "rb") as wal:  # noqa: PTH123
        assert PASSWORD.encode() not in database.read() + wal.read()
    assert PASSWORD not in caplog.text
    assert portal.commons.open(NAME, 1) is not None


def test_a_second_of_the_same_name_is_refused(admin: Visit) -> None:
    send(admin, pfx())
    assert "с таким именем уже есть" in send(admin, pfx()).text


def test_the_device_of_somebody_who_left_counts_neither_as_covered_nor_as_left(
    admin: Visit, portal: Portal, world: World
) -> None:
    send(admin, pfx())
    carry(portal)
    assert "0 из 2 устройств" in admin.page(PAGE).text
    with portal.database.begin() as connection:
        connection.execute(update(Person).where(Person.id == world.belyaeva).values(active=False))
        connection.execute(update(Device).where(Device.holder_id == world.belyaeva).values(next_check_at=NOON))
    review(portal)
    assert "0 из 1 устройства" in admin.page(PAGE).text


def test_a_replacement_waits_until_it_is_put_to_use(admin: Visit, portal: Portal, world: World) -> None:
    send(admin, pfx())
    carry(portal)
    put_on(portal, world.fine, 1)
    page, _ = admin.both(PAGE)
    assert "1 из 2 устройств" in page
    assert send(admin, pfx(), address=f"{PAGE}/versions", version=1).status_code == 303
    waiting, _ = admin.both(PAGE)
    assert "Версия 2 ждёт" in waiting
    assert "1 из 2 устройств" in waiting, "nothing is due before it is in the policies"
    assert "Общие сертификаты изменены" in admin.fragment(f"{PAGE}/forecast").text
    assert admin.post(f"{PAGE}/use", {"version": 2}).status_code == 303
    review(portal)
    assert reasons(portal, world.fine) == {"common_replaced"}
    assert "0 из 2 устройств" in admin.page(PAGE).text
    with portal.database.read() as connection:
        assert connection.execute(select(Policy.current_version)).scalar_one() == 3


def reasons(portal: Portal, device: int) -> set[str]:
    query = select(DeviceFinding.reason).where(DeviceFinding.device_id == device, DeviceFinding.subject == NAME)
    with portal.database.read() as connection:
        return {reason.value for reason in connection.execute(query).scalars()}


def test_of_two_who_replace_it_the_second_learns_of_the_first(admin: Visit, portal: Portal) -> None:
    send(admin, pfx())
    send(admin, pfx(), address=f"{PAGE}/versions", version=1)
    late = send(admin, pfx(), address=f"{PAGE}/versions", version=1)
    assert late.status_code == 409
    assert "Сертификат уже заменён" in late.text
    assert stored(portal) == 2


def test_the_very_same_certificate_is_no_new_version(admin: Visit, portal: Portal) -> None:
    same = pfx()
    send(admin, same)
    assert "Именно этот сертификат уже есть" in send(admin, same, address=f"{PAGE}/versions", version=1).text
    assert stored(portal) == 1


def test_while_it_is_used_it_stays_and_says_by_what(admin: Visit, portal: Portal, world: World) -> None:
    send(admin, pfx())
    carry(portal)
    put_on(portal, world.fine, 1)
    refused = admin.post(f"{PAGE}/deletion", {"version": 1})
    assert refused.status_code == 409
    assert "Сотрудники офиса" in refused.text
    assert "На устройствах: 1" in refused.text
    assert stored(portal) == 1


def test_what_nothing_needs_goes(admin: Visit, portal: Portal) -> None:
    send(admin, pfx())
    send(admin, pfx(), address=f"{PAGE}/versions", version=1)
    assert admin.post(f"{PAGE}/deletion", {"version": 2}).status_code == 303
    assert stored(portal) == 0
    assert "Общих сертификатов нет" in admin.page("/admin/commons").text


def test_who_only_reads_gets_no_forms(auditor: Visit, admin: Visit) -> None:
    send(admin, pfx())
    page = auditor.page(PAGE).text
    assert 'type="file"' not in page
    assert send(auditor, pfx(), address=f"{PAGE}/versions", version=1).status_code == 403
