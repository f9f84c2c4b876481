"""Common certificates lie sealed, open only as what they are, and every replacement is the next version."""

import pytest
from sqlalchemy import select, update

from portal.connectors.vault_local import LocalVault
from portal.connectors.x509 import X509Reader
from portal.db.facts import FactWriter
from portal.db.models import Certificate
from portal.db.models import CommonCertificateVersion as Stored
from portal.db.transaction import Database
from portal.domain.facts import CommonWritten
from portal.domain.ids import UpdateId
from portal.domain.policy import CommonCertificate
from portal.ports.vault import KeyMaterial
from portal.services.commons import Commons
from portal.services.devices import DeviceDraft, add_devices
from tests.support.clock import NOON
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of

NAME = "Wi-Fi офиса"


@pytest.fixture
def material() -> KeyMaterial:
    key = ready_key("p256")
    return KeyMaterial(certificate_for(spki_of(key), NAME), pkcs8_of(key))


@pytest.fixture
def commons(database: Database) -> Commons:
    return Commons(database, LocalVault(bytes(range(32))), X509Reader())


def add(database: Database, commons: Commons, material: KeyMaterial) -> CommonCertificate:
    with database.begin() as connection:
        return commons.add(connection, NAME, material, NOON)


def test_what_was_added_is_opened_again(database: Database, commons: Commons, material: KeyMaterial) -> None:
    added = add(database, commons, material)
    assert added == CommonCertificate(NAME, 1, X509Reader().certificate(material.certificate).fingerprint)
    assert commons.open(NAME, 1) == material


def test_versions_count_up(database: Database, commons: Commons, material: KeyMaterial) -> None:
    assert [add(database, commons, material).version for _ in range(3)] == [1, 2, 3]


def test_there_is_none_of_another_name_or_version(database: Database, commons: Commons, material: KeyMaterial) -> None:
    add(database, commons, material)
    assert commons.open(NAME, 2) is None
    assert commons.open("другой", 1) is None


def test_the_key_is_not_in_the_row(database: Database, commons: Commons, material: KeyMaterial) -> None:
    add(database, commons, material)
    with database.read() as connection:
        sealed = connection.execute(select(Stored.sealed)).scalar_one()
    assert material.private_key not in sealed
    assert material.private_key[-32:] not in sealed


def test_a_row_moved_to_another_version_does_not_open(
    database: Database, commons: Commons, material: KeyMaterial
) -> None:
    add(database, commons, material)
    with database.begin() as connection:
        connection.execute(update(Stored).values(version=7))
    with pytest.raises(ValueError, match="bound to something else"):
        commons.open(NAME, 7)


def test_on_a_device_it_is_known_with_its_whole_life(
    database: Database, commons: Commons, material: KeyMaterial
) -> None:
    added, known = add(database, commons, material), X509Reader().certificate(material.certificate)
    with database.begin() as connection:
        (device,) = add_devices(connection, [DeviceDraft("0001")], NOON)
        FactWriter(connection, device, UpdateId(1), NOON).apply(CommonWritten(NAME, 1, added.fingerprint, "cc"))
        row = connection.execute(select(Certificate.issuer, Certificate.not_before, Certificate.not_after)).one()
    assert tuple(row) == (known.issuer, known.not_before, known.not_after)


def test_what_is_no_certificate_is_not_taken(database: Database, commons: Commons) -> None:
    with pytest.raises(ValueError, match="certificate"):
        add(database, commons, KeyMaterial(b"nonsense", b"key"))
