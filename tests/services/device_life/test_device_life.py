"""Disabling, enabling, revoking and withdrawing: what people may do, and who was first."""

import pytest
from sqlalchemy import select, update

from portal.db.models import Device, DeviceOperation, Registration
from portal.domain.certificate import Revocation
from portal.domain.device import DeviceState
from portal.domain.device_life import RevocationReason
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.domain.outcomes import Refused
from portal.domain.plan_items import Choices
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from tests.services.device_life.living import active, state
from tests.support.life import Life
from tests.support.office import SERIAL, Office


def test_disabling_puts_certificates_on_hold_and_enabling_takes_it_back(life: Life) -> None:
    life.life.disable(life.device, actor="operator", comment="отпуск")
    assert state(life) is DeviceState.DISABLED
    assert life.told() == [("hold", "pending"), ("suspend", "pending")], "written down before anybody was told"
    life.work()
    assert (life.at_the_ca(), life.certificate(), active(life)) == (Revocation.ON_HOLD, Revocation.ON_HOLD, False)
    life.life.enable(life.device, actor="operator")
    life.work()
    assert (life.at_the_ca(), life.certificate(), active(life)) == (Revocation.GOOD, Revocation.GOOD, True)
    assert state(life) is DeviceState.ISSUED
    tags = [tag for tag, _actor in life.office.told()]
    assert tags[-6:] == [
        *("portal:device:disabled", "worker:device:order_done", "worker:device:order_done"),
        *("portal:device:enabled", "worker:device:order_done", "worker:device:order_done"),
    ]


def test_what_an_enabled_device_needs_is_known_at_once(life: Life) -> None:
    life.life.disable(life.device, actor="operator")
    life.work()
    life.office.clock.advance(days=360)
    life.life.enable(life.device, actor="operator")
    assert life.office.device_row().need > 0


def test_a_disabled_device_is_not_updated(life: Life) -> None:
    life.life.disable(life.device, actor="operator")
    with pytest.raises(PolicyForbids) as caught:
        life.office.updates.plan(life.device, Choices())
    assert (caught.value.code, caught.value.data["state"]) == ("device_state", "disabled")


@pytest.mark.parametrize("reason", RevocationReason)
def test_a_revoked_device_has_no_certificate_and_no_register_left(life: Life, reason: RevocationReason) -> None:
    told = []
    life.office.ca.on_revoke = lambda order: told.append(order.reason)
    life.life.revoke(life.device, reason, actor="operator")
    life.work()
    assert (life.at_the_ca(), life.certificate(), state(life)) == (
        *(Revocation.REVOKED, Revocation.REVOKED),
        DeviceState.REVOKED,
    )
    assert SERIAL not in life.register.devices
    assert life.office.count(Registration) == 0
    expected = {
        RevocationReason.LOST: "keyCompromise",
        RevocationReason.COMPROMISED: "keyCompromise",
        RevocationReason.BROKEN: "cessationOfOperation",
        RevocationReason.HOLDER_LEFT: "affiliationChanged",
        RevocationReason.SUPERSEDED: "superseded",
    }
    assert told == [expected[reason]]


def test_what_is_on_hold_is_revoked_too(life: Life) -> None:
    life.life.disable(life.device, actor="operator")
    life.work()
    life.life.revoke(life.device, RevocationReason.LOST, actor="operator")
    life.work()
    assert life.at_the_ca() is Revocation.REVOKED


def test_whoever_comes_second_learns_who_was_first(life: Life) -> None:
    life.life.disable(life.device, actor="anna")
    with pytest.raises(Conflict) as caught:
        life.life.disable(life.device, actor="boris")
    assert (caught.value.code, caught.value.data["by"]) == ("device_changed", "anna")


def test_a_page_that_is_out_of_date_changes_nothing(life: Life) -> None:
    life.life.disable(life.device, actor="anna", version=0)
    with pytest.raises(Conflict) as caught:
        life.life.revoke(life.device, RevocationReason.LOST, actor="boris", version=0)
    assert caught.value.data["by"] == "anna"
    assert state(life) is DeviceState.DISABLED


def test_pressing_twice_is_once(life: Life) -> None:
    first = life.life.disable(life.device, actor="anna", version=0)
    assert life.life.disable(life.device, actor="anna", version=0) == first
    assert life.office.count(DeviceOperation) == 1


def test_what_the_table_does_not_allow_says_why(life: Life) -> None:
    with pytest.raises(PolicyForbids) as caught:
        life.life.enable(life.device, actor="operator")
    assert caught.value.code == "life_not_disabled"
    with pytest.raises(NotFound):
        life.life.enable(DeviceId(4711), actor="operator")


class TestUpdateUnderWay:
    """A lost token does not wait for its update."""

    def test_it_is_stopped_and_what_it_brings_is_revoked(self, office: Office) -> None:
        life = Life(office)
        number = office.order()
        office.enter_pin(number)
        office.ca.on_issue = lambda _order: _quietly(life)
        assert office.advance(number) is UpdateStatus.CANCELLED
        office.clock.advance(seconds=6)
        life.sweep()
        assert state(life) is DeviceState.REVOKED
        assert [office.ca.status(one.serial) for _order, one in office.ca.ledger] == [Revocation.REVOKED]

    def test_one_that_waits_for_its_lost_token_is_left_behind(self, life: Life) -> None:
        office = life.office
        office.clock.advance(days=360)
        number = office.order()
        office.enter_pin(number)
        office.nature.troubles["ca.request"] = [Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)]
        assert office.advance(number) is UpdateStatus.WAITING
        office.token.plugged = False
        life.life.revoke(life.device, RevocationReason.LOST, actor="operator")
        for _turn in range(4):
            office.clock.advance(seconds=6)
            office.work()
            life.sweep()
        assert office.row(number).status is UpdateStatus.CANCELLED
        assert (state(life), life.at_the_ca()) == (DeviceState.REVOKED, Revocation.REVOKED)
        assert life.orders.ring_due() == 0

    def test_disabling_waits_for_its_end(self, life: Life) -> None:
        life.office.clock.advance(days=360)
        life.office.order()
        with pytest.raises(PolicyForbids) as caught:
            life.life.disable(life.device, actor="operator")
        assert caught.value.code == "life_running"


def _quietly(life: Life) -> None:
    with life.office.database.begin() as connection:
        connection.execute(update(Device).values(state=DeviceState.PENDING))
    life.life.revoke(life.device, RevocationReason.LOST, actor="operator")


def test_withdrawing_takes_the_holder_and_keeps_the_history(life: Life) -> None:
    life.life.revoke(life.device, RevocationReason.HOLDER_LEFT, actor="operator")
    with pytest.raises(PolicyForbids) as caught:
        life.life.withdraw(life.device, actor="operator")
    assert caught.value.code == "life_owed"
    life.work()
    life.life.withdraw(life.device, actor="operator")
    row = life.office.device_row()
    assert (row.state, row.holder_id, row.applied_policy_id) == (DeviceState.CLEAN, None, None)
    with life.office.database.read() as connection:
        kinds = connection.execute(select(DeviceOperation.kind).order_by(DeviceOperation.id)).scalars().all()
    assert [kind.value for kind in kinds] == ["revoke", "withdraw"]
