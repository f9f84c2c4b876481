"""What is seen of a token is stored when it changed, judged at once, and left alone while an update is at work."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select

from portal.db import snapshots
from portal.db.audit_chain import verify
from portal.db.contents import store_contents
from portal.db.models import AuditEntry, Update
from portal.db.queries.device_card import device_card
from portal.db.queries.device_rows import device_rows
from portal.db.transaction import Database
from portal.domain.contents import PinTries, TokenCertificate, TokenContents, TokenSighting
from portal.domain.device import DeviceState
from portal.domain.findings import UpdateReason
from portal.domain.ids import DeviceId
from portal.domain.update_state import UpdateStatus
from portal.seed.policies import SALES, no_commons, publish_all
from portal.services.devices import DeviceDraft, Devices, add_devices
from portal.services.people import PersonDraft, add_people
from tests.support.clock import NOON, FrozenClock

SERIAL = "0974562318"
FOREIGN = TokenCertificate(
    fingerprint="f" * 64,
    key_id="0a",
    label="Партнёр",
    subject="CN=Смирнова",
    issuer="CN=УЦ партнёра",
    serial="01",
    not_before=NOON - timedelta(days=10),
    not_after=NOON + timedelta(days=100),
    has_key=True,
)
SIGHTING = TokenSighting(
    serial=SERIAL,
    label="Ключ",
    model="Рутокен",
    manufacturer="Актив",
    tries=PinTries.PLENTY,
    contents=TokenContents(SERIAL, (FOREIGN,)),
    free_memory=40_000,
    where="WS-1",
)


@pytest.fixture
def device(database: Database) -> DeviceId:
    attributes = {"surname": "Смирнова", "given_name": "Анна", "login": "a.smirnova", "upn": "a@corp"}
    with database.begin() as connection:
        publish_all(connection, no_commons(), NOON)
        (person,) = add_people(connection, [PersonDraft(("Ключ", "Продажи"), attributes)], NOON)
        draft = DeviceDraft(serial=SERIAL, holder=person, state=DeviceState.ISSUED)
        return add_devices(connection, [draft], NOON)[0]


@pytest.fixture
def devices(database: Database, clock: FrozenClock) -> Devices:
    return Devices(database, clock)


def lines(database: Database) -> int:
    with database.read() as connection:
        assert verify(connection).whole
        number: int = connection.execute(select(func.count()).select_from(AuditEntry)).scalar_one()
        return number


def test_new_contents_are_stored_judged_and_told(database: Database, devices: Devices, device: DeviceId) -> None:
    assert devices.sighted(SIGHTING) == device
    with database.read() as connection:
        seen = snapshots.device(connection, device)
        (row,) = device_rows(connection, [device])
        card = device_card(connection, device, NOON)
    assert seen.contents == SIGHTING.contents
    assert seen.free_memory == 40_000
    assert (row.last_seen_at, row.last_seen_where, row.policy) == (NOON, "WS-1", SALES)
    assert {UpdateReason.FOREIGN_FOUND, UpdateReason.TEMPLATE_ADDED} <= set(row.reasons)
    assert card.certificates[0].subject == "CN=Смирнова"
    assert lines(database) == 1


def test_a_token_of_nobody_is_ignored(database: Database, devices: Devices) -> None:
    assert devices.sighted(replace(SIGHTING, serial="stranger")) is None
    assert lines(database) == 0


def test_the_same_contents_are_not_written_again(
    database: Database, devices: Devices, device: DeviceId, clock: FrozenClock
) -> None:
    devices.sighted(SIGHTING)
    with database.begin() as connection:
        whole = replace(SIGHTING.contents or TokenContents(SERIAL, ()), complete=True)
        store_contents(connection, device, whole)
    clock.advance(minutes=5)
    devices.sighted(SIGHTING)
    with database.read() as connection:
        seen = snapshots.device(connection, device)
        (row,) = device_rows(connection, [device])
    assert seen.contents is not None
    assert seen.contents.complete, "what was read after sign-in tells more and stays"
    assert row.last_seen_at == clock.now()
    assert lines(database) == 1


def test_being_seen_is_written_once_a_minute_or_when_it_moved(
    database: Database, devices: Devices, device: DeviceId, clock: FrozenClock
) -> None:
    devices.sighted(SIGHTING)
    clock.advance(seconds=30)
    devices.sighted(SIGHTING)
    with database.read() as connection:
        assert device_rows(connection, [device])[0].last_seen_at == NOON
    devices.sighted(replace(SIGHTING, where="WS-2"))
    with database.read() as connection:
        (row,) = device_rows(connection, [device])
    assert (row.last_seen_at, row.last_seen_where) == (clock.now(), "WS-2")


def an_update(database: Database, device: DeviceId, status: UpdateStatus, finished_at: datetime | None = None) -> None:
    values = {"uuid": str(uuid4()), "device_id": device, "status": status, "policy_id": 1, "finished_at": finished_at}
    plan = {"policy_version": 1, "plan": {}, "findings": [], "choices": {}, "content_hash": "", "ordered_by": "x"}
    with database.begin() as connection:
        connection.execute(insert(Update).values(**values, **plan, ordered_at=NOON))


def test_contents_are_left_alone_while_an_update_is_at_work(
    database: Database, devices: Devices, device: DeviceId
) -> None:
    an_update(database, device, UpdateStatus.RUNNING)
    devices.sighted(SIGHTING)
    with database.read() as connection:
        assert snapshots.device(connection, device).contents is None
        assert device_rows(connection, [device])[0].last_seen_at == NOON


def test_contents_read_before_an_update_ended_are_not_believed_after_it(
    database: Database, devices: Devices, device: DeviceId
) -> None:
    an_update(database, device, UpdateStatus.COMPLETED, finished_at=NOON)
    devices.sighted(replace(SIGHTING, read_at=NOON - timedelta(seconds=1)))
    with database.read() as connection:
        assert snapshots.device(connection, device).contents is None
    devices.sighted(replace(SIGHTING, read_at=NOON + timedelta(seconds=1)))
    with database.read() as connection:
        assert snapshots.device(connection, device).contents == SIGHTING.contents
