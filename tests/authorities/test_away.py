"""An authority nobody could be asked at: the update waits and goes on by itself, and no person is asked what became."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from portal.db.models import Connector
from portal.domain.ids import ConnectorId
from portal.domain.update_state import UpdateStatus
from tests.authorities.counterparts import Counterpart
from tests.authorities.looking import comes_to, the_certificate
from tests.authorities.world import Run, Seat, World, template
from tests.support.ports import free_port

pytestmark = pytest.mark.e2e
ASKED = pytest.mark.parametrize("there", ["django-ca", "est", "cmp"], indirect=True)


def waits(world: World, there: Counterpart, name: str) -> tuple[Seat, Run]:
    """Somebody whose certificate is to come from this connector, which waits as often as it is looked at."""
    seat = world.seat()
    seat.wants(template(name, there.profile, lasts=True))
    run = seat.order()
    for _look in range(3):
        assert run.ride() is UpdateStatus.WAITING
    assert ("request_certificate", "pending") in run.steps()
    return seat, run


def goes_on(there: Counterpart, seat: Seat, run: Run) -> None:
    with there.asks_first():
        """Whoever waits is served now."""
    comes_to(run, UpdateStatus.COMPLETED)
    assert there.issued_for(the_certificate(seat)) == 1


def secrets(there: Counterpart) -> Mapping[str, str]:
    return there.values().secrets


@ASKED
def test_one_that_is_down_is_waited_for(world: World, there: Counterpart, name: str) -> None:
    away = f"{name}-away"
    world.connect(there.values(address=f"https://127.0.0.1:{free_port()}"), away)
    seat, run = waits(world, there, away)
    assert run.why[0] == "ca_unavailable"
    world.change(away, address=there.values().plain["address"], **secrets(there))
    goes_on(there, seat, run)


@ASKED
def test_one_that_is_paused_is_waited_for(world: World, there: Counterpart, name: str) -> None:
    paused = f"{name}-paused"
    world.connect(there.values(), paused)
    number = connector(world, paused)
    world.portal.connectors.pause(number, actor="admin")
    seat, run = waits(world, there, paused)
    assert run.why[0] == "connector_paused"
    world.portal.connectors.resume(number, actor="admin")
    goes_on(there, seat, run)


@pytest.mark.parametrize("there", ["django-ca", "est"], indirect=True)
def test_one_that_does_not_let_us_in_is_waited_for(world: World, there: Counterpart, name: str) -> None:
    shut = f"{name}-shut"
    world.connect(there.values(), shut)
    world.change(shut, password="another password")
    seat, run = waits(world, there, shut)
    assert run.why == ("ca_refused", "not_let_in")
    world.change(shut, **secrets(there))
    goes_on(there, seat, run)


def connector(world: World, name: str) -> ConnectorId:
    with world.portal.database.read() as connection:
        return ConnectorId(connection.execute(select(Connector.id).where(Connector.name == name)).scalar_one())
