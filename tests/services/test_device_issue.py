"""Issuing a device that is initialised first."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from portal.db.models import Device
from portal.domain.device import DeviceState
from portal.domain.errors import Conflict, PolicyForbids
from portal.domain.ids import DeviceId, UpdateId
from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.plan_items import Choices, Obstacle
from portal.domain.policy import DeviceRules
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.token import Pin
from portal.services.device_pins import DevicePins
from portal.services.policies import publish
from tests.fakes.sim_token import READER
from tests.support.office import Office, foreign

NEW = "831056"


@pytest.fixture
def empty(office: Office) -> DeviceId:
    """An assigned device whose policy initialises; somebody else's certificate is on its token."""
    with office.database.begin() as connection:
        draft = replace(office.policy, devices=DeviceRules(initialize=True))
        publish(connection, draft, actor="admin", now=office.now)
    der = foreign(office)
    office.token.certificates["fe", READER.certificate(der).fingerprint] = der
    office.token.keys["fe"] = b"somebody's"
    _assigned(office)
    return office.device


def _assigned(office: Office) -> None:
    with office.database.begin() as connection:
        connection.execute(update(Device).where(Device.id == office.device).values(state=DeviceState.ASSIGNED))


def keep_so_pin(office: Office, pin: str | None = None) -> None:
    pins = DevicePins(office.database, office.clock, office.tickets, office.bell, office.so_pins)
    pins.keep_so_pin(office.device, Pin(pin or office.token.so_pin))


def test_what_would_be_lost_is_said_before(office: Office, empty: DeviceId) -> None:
    plan = office.updates.plan(empty, Choices()).plan
    assert [problem.obstacle for problem in plan.problems] == [Obstacle.NO_SO_PIN, Obstacle.FOREIGN_LOST]
    keep_so_pin(office)
    assert office.updates.plan(empty, Choices(wipe=True)).plan.problems == ()
    with pytest.raises(Conflict) as caught:
        office.updates.order(empty, Choices(), plan.content_hash, actor="operator")
    assert caught.value.code == "plan_problem"


def test_a_type_the_policy_does_not_accept_is_not_issued_but_goes_on_being_updated(office: Office) -> None:
    office.publish(*office.policy.templates, devices=DeviceRules(types=("Рутокен",)))
    assert office.updates.plan(office.device, Choices()).plan.items, "what is issued already is kept in step"
    _assigned(office)
    with pytest.raises(PolicyForbids) as refused:
        office.updates.plan(office.device, Choices())
    assert refused.value.code == "device_type"


def test_the_token_is_wiped_then_issued_and_its_administrator_pin_is_ours(office: Office, empty: DeviceId) -> None:
    keep_so_pin(office)
    factory = office.token.so_pin
    number = _order(office, empty)
    office.enter_pin(number, NEW)
    assert office.advance(number) is UpdateStatus.COMPLETED
    assert len(office.token.certificates) == len(office.token.keys) == 1
    assert "fe" not in office.token.keys
    assert (office.token.pin, office.token.so_pin != factory) == (NEW, True)
    kept = office.so_pins.open(office.token.serial)
    assert kept is not None
    assert kept.reveal() == office.token.so_pin
    assert office.device_row().state is DeviceState.ISSUED
    assert office.updates.plan(empty, Choices()).plan.empty


def test_a_token_that_changed_since_is_not_wiped(office: Office, empty: DeviceId) -> None:
    keep_so_pin(office)
    number = _order(office, empty)
    der = foreign(office, "Банк")
    office.token.certificates["ff", READER.certificate(der).fingerprint] = der
    office.enter_pin(number, NEW)
    assert office.advance(number) is UpdateStatus.FAILED
    assert "fe" in office.token.keys


def test_a_wrong_administrator_pin_is_sent_once_and_nothing_is_lost(office: Office, empty: DeviceId) -> None:
    keep_so_pin(office, "00000000")
    for _time in range(2):
        number = _order(office, empty)
        office.enter_pin(number, NEW)
        assert office.advance(number) is UpdateStatus.FAILED
    assert office.token.so_tries == 1
    assert "fe" in office.token.keys


def test_an_initialisation_whose_answer_was_lost_is_made_again(office: Office, empty: DeviceId) -> None:
    keep_so_pin(office)
    number = _order(office, empty)
    office.enter_pin(number, NEW)
    office.nature.lost["token.carry_out"] = [
        Refused(why(Trouble.TOKEN_REMOVED), permanent=False, whom=WaitingFor.TOKEN)
    ]
    assert office.advance(number) is UpdateStatus.WAITING
    assert "fe" not in office.token.keys, "it was wiped, and nobody knows"
    office.put(number, wake_at=office.now)
    assert office.advance(number) is UpdateStatus.COMPLETED
    kept = office.so_pins.open(office.token.serial)
    assert kept is not None
    assert (kept.reveal(), office.token.so_tries) == (office.token.so_pin, 0)


def _order(office: Office, device: DeviceId) -> UpdateId:
    plan = office.updates.plan(device, Choices(wipe=True)).plan
    return office.updates.order(device, Choices(wipe=True), plan.content_hash, actor="operator")
