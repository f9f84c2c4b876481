"""The registers of the demonstration: two connectors lead to their stand, which knows what was told before."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from portal.bootstrap import Portal, build
from portal.db import schema
from portal.db.models import Connector, Device, Registration
from portal.db.queries.connectors import connector_rows
from portal.domain.device import DeviceState
from portal.domain.outcomes import Absent, Happened
from portal.domain.policy import Register
from portal.seed.registers import connect_registers
from portal.services.devices import DeviceDraft, add_devices
from portal.settings import Settings
from portal.stands.registers.access import access_in
from portal.stands.registers.keys import line_keys
from portal.stands.registers.server import StandServer
from portal.stands.registers.shelf import Shelf
from portal.stands.registers.stand import Stand
from tests.support.ports import free_port

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def portal(tmp_path: Path) -> Portal:
    (tmp_path / "data").mkdir()
    settings = Settings.from_env({"KLYUCHNIK_DATA_DIR": str(tmp_path / "data")})
    schema.upgrade(settings.database_url)
    portal = build(settings)
    with portal.database.begin() as connection:
        numbers = add_devices(connection, [DeviceDraft("0A1B"), DeviceDraft("FFFF")], NOW)
        told = [
            {"device_id": number, "register": kind, "registered_at": NOW}
            for number in numbers
            for kind in (Register.SECRET_NET, Register.ACCESS_MANAGER)
        ]
        connection.execute(insert(Registration), told)
        disabled = update(Device).where(Device.serial == "FFFF").values(state=DeviceState.DISABLED)
        connection.execute(disabled)
    return portal


def test_what_was_told_before_is_known_at_the_end_of_both_connectors(portal: Portal, tmp_path: Path) -> None:
    folder = tmp_path / "stand"
    folder.mkdir()
    stand = None
    with StandServer(("127.0.0.1", 0), Stand(Shelf(), access_in(folder)), line_keys(folder)) as server:
        connect_registers(portal, server.server_port, folder)
        server.stand = stand = Stand(Shelf(folder / "devices.db"), access_in(folder))
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        for kind in (Register.SECRET_NET, Register.ACCESS_MANAGER):
            register = portal.registers.get(kind)
            assert register
            assert isinstance(register.active("0A1B"), Happened)
            assert isinstance(register.known("FFFF"), Happened)
            assert register.active("FFFF") == register.known("0000") == Absent()
        server.shutdown()
    stand.shelf.close()


def test_a_stand_that_moved_is_followed_and_what_people_changed_stays(portal: Portal, tmp_path: Path) -> None:
    first, second = free_port(), free_port()
    connect_registers(portal, first, tmp_path / "stand")
    with portal.database.begin() as connection:
        elsewhere = update(Connector).where(Connector.name == "indeed-am")
        connection.execute(elsewhere.values(plain={"address": "https://am.example/am/core"}))
    connect_registers(portal, second, tmp_path / "stand")
    with portal.database.read() as connection:
        rows = {row.name: portal.connectors.values(row.id) for row in connector_rows(connection)}
    assert rows["indeed-am"].plain["address"] == "https://am.example/am/core"
    assert rows["secret-net"].plain["address"] == f"https://127.0.0.1:{second}/secret-net"
