"""What a holder does with his own device: the service itself keeps to the policy, whoever calls it."""

from dataclasses import replace

import pytest
from sqlalchemy import delete, select, update

from portal.db import snapshots
from portal.db.models import Device, PolicyAssignment
from portal.domain.device import DeviceState
from portal.domain.device_life import RevocationReason
from portal.domain.errors import InvalidInput, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.domain.plan_items import Choices
from portal.domain.policy import DeviceUsagePolicy, SelfServiceRules
from portal.services.device_pins import DevicePins
from portal.services.devices import Devices
from portal.services.own_devices import OwnDevices
from portal.services.policies import publish
from portal.services.self_service import rules_for
from tests.fakes.sim_token import READER
from tests.support.life import Life
from tests.support.office import Office, foreign


@pytest.fixture
def life(office: Office) -> Life:
    made = Life(office)
    made.issue()
    return made


@pytest.fixture
def own(life: Life) -> OwnDevices:
    office = life.office
    pins = DevicePins(office.database, office.clock, office.tickets, office.bell, office.so_pins)
    return OwnDevices(office.database, life.life, pins)


def rule(office: Office, **switches: bool) -> None:
    policy: DeviceUsagePolicy = office.policy
    with office.database.begin() as connection:
        publish(connection, replace(policy, self_service=SelfServiceRules(**switches)), actor="admin", now=office.now)


def state(life: Life) -> DeviceState:
    found: DeviceState = life.office.device_row().state
    return found


def test_he_switches_it_off_and_on_and_reports_it(life: Life, own: OwnDevices) -> None:
    own.suspend(life.device, actor="anna")
    assert state(life) is DeviceState.DISABLED
    own.resume(life.device, actor="anna")
    assert state(life) is DeviceState.ISSUED
    own.report(life.device, RevocationReason.LOST, actor="anna", comment="в поезде")
    assert state(life) is DeviceState.REVOKED


def track(life: Life, fingerprint: str) -> None:
    chosen: frozenset[str] = frozenset({fingerprint})
    life.office.updates.track_foreign(life.device, tracked=chosen, declined=frozenset(), actor="anna", by_holder=True)


def tracked(life: Life) -> list[str]:
    with life.office.database.read() as connection:
        return [one.fingerprint for one in snapshots.device(connection, life.device).tracked]


@pytest.mark.parametrize("reason", [RevocationReason.HOLDER_LEFT, RevocationReason.SUPERSEDED])
def test_reasons_of_those_who_keep_devices_are_not_his(life: Life, own: OwnDevices, reason: RevocationReason) -> None:
    with pytest.raises(InvalidInput):
        own.report(life.device, reason, actor="anna")
    assert state(life) is DeviceState.ISSUED


def test_a_switch_that_is_off_stops_each_of_them(life: Life, own: OwnDevices) -> None:
    rule(life.office, suspend=False, revoke=False)
    for verb in (own.suspend, own.resume):
        with pytest.raises(PolicyForbids) as caught:
            verb(life.device, actor="anna")
        assert caught.value.data["rule"] == "suspend"
    with pytest.raises(PolicyForbids) as caught:
        own.report(life.device, RevocationReason.LOST, actor="anna")
    assert caught.value.data["rule"] == "revoke"
    assert state(life) is DeviceState.ISSUED


def test_the_holder_orders_what_his_policy_allows(life: Life) -> None:
    office = life.office
    rule(office, update=False)
    with pytest.raises(PolicyForbids):
        office.updates.plan(life.device, Choices(), by_holder=True)
    with pytest.raises(PolicyForbids):
        office.updates.order(life.device, Choices(), "any", actor="anna", by_holder=True)
    office.updates.plan(life.device, Choices())  # whoever keeps the device is not bound by it


def test_the_holder_chooses_what_is_tracked_only_where_his_policy_lets_him(life: Life) -> None:
    office = life.office
    fingerprint = READER.certificate(foreign(office)).fingerprint
    office.token.keys["0a"] = b"key"
    office.token.certificates["0a", fingerprint] = foreign(office)
    (sighting,) = office.watch.all_seen()
    Devices(office.database, office.clock).sighted(sighting)
    with pytest.raises(PolicyForbids) as caught:
        track(life, fingerprint)
    assert caught.value.data["rule"] == "choose_tracked"
    assert tracked(life) == []
    rule(office, choose_tracked=True)
    track(life, fingerprint)
    assert tracked(life) == [fingerprint]


def test_without_a_policy_a_lost_token_can_still_be_reported(life: Life, own: OwnDevices) -> None:
    with life.office.database.begin() as connection:
        connection.execute(delete(PolicyAssignment))
        assert rules_for(connection, life.device) == SelfServiceRules()
    own.report(life.device, RevocationReason.LOST, actor="anna")
    assert state(life) is DeviceState.REVOKED


def test_a_device_of_nobody_has_the_usual_rules(life: Life) -> None:
    with life.office.database.begin() as connection:
        connection.execute(update(Device).values(holder_id=None))
        assert rules_for(connection, life.device) == SelfServiceRules()
        assert connection.execute(select(Device.holder_id)).scalar_one() is None


def test_what_is_not_there_is_not_found(own: OwnDevices) -> None:
    with pytest.raises(NotFound):
        own.suspend(DeviceId(999), actor="anna")


def test_what_an_administrator_switched_off_stays_off(life: Life, own: OwnDevices) -> None:
    life.life.disable(life.device, actor="admin")
    with pytest.raises(PolicyForbids, match="disabled_by_other"):
        own.resume(life.device, actor="anna")
    assert state(life) is DeviceState.DISABLED
