"""The watcher tells what it sees: at once to Redis, and to the database what is new; no single device stops it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from jobs.presence import Teller
from portal.bootstrap import Portal, build
from portal.db.models import Certificate, CertificatePlace
from portal.domain.certificate import CertificateKind
from portal.domain.contents import TokenSighting
from portal.settings import Settings
from tests.fakes.sim_token import SimToken
from tests.support.office import SERIAL, Office, Watch, foreign
from tests.support.servers import Valkey


@pytest.fixture
def portal(tmp_path: Path, empty_file: Path, queue_server: Valkey) -> Iterator[Portal]:
    shutil.copy(empty_file, tmp_path / "klyuchnik.db")
    settings = {"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_REDIS_URL": queue_server.url}
    made = build(Settings.from_env(settings))
    yield made
    made.database.close()


@pytest.fixture
def office(portal: Portal) -> Office:
    return Office(portal.database)


def look(*tokens: SimToken) -> tuple[TokenSighting, ...]:
    return Watch(list(tokens)).all_seen()


def with_something(office: Office, serial: str) -> SimToken:
    token = SimToken(serial, "1")
    token.keys["0b"] = b"key"
    token.certificates["0b", serial] = foreign(office, serial)
    return token


def test_what_is_seen_is_told_to_both(portal: Portal, office: Office) -> None:
    token = with_something(office, SERIAL)
    Teller(portal)(look(token))
    seen = portal.watch.seen(SERIAL)
    assert seen is not None
    assert seen.contents == token.contents()
    assert office.device_row().contents_hash == token.contents().content_hash()


def test_what_is_gone_is_gone_at_once(portal: Portal, office: Office) -> None:
    teller = Teller(portal)
    teller(look(with_something(office, SERIAL)))
    teller(())
    assert portal.watch.all_seen() == ()


def test_a_device_that_cannot_be_judged_hides_no_other(
    portal: Portal, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    broken = office.add_device("000f")
    certificate = {"device_id": broken, "kind": CertificateKind.MANAGED, "fingerprint": "ff", "created_at": office.now}
    with portal.database.begin() as connection:
        of_another_version = certificate | {"status": CertificatePlace.WRITTEN, "attributes": 5}
        connection.execute(insert(Certificate).values(of_another_version))
    Teller(portal)(look(with_something(office, "000f"), with_something(office, SERIAL)))
    assert office.device_row().contents_hash is not None
    assert portal.watch.seen("000f") is not None
    assert "sighting of 000f not stored" in caplog.text


def test_without_redis_the_database_is_told(tmp_path: Path, empty_file: Path) -> None:
    shutil.copy(empty_file, tmp_path / "klyuchnik.db")
    nowhere = {"KLYUCHNIK_DATA_DIR": str(tmp_path), "KLYUCHNIK_REDIS_URL": "unix:///nowhere/redis.sock"}
    away = build(Settings.from_env(nowhere))
    office = Office(away.database)
    Teller(away)(look(with_something(office, SERIAL)))
    assert office.device_row().contents_hash is not None
    away.database.close()
