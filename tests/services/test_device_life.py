"""Disabling, enabling, revoking and withdrawing, with an authority and registers that are not always there."""

import pytest
from sqlalchemy import select, update

from portal.db.models import Device, DeviceOperation, OperationStatus, OrderKind, Registration
from portal.domain.certificate import Revocation
from portal.domain.device import DeviceState
from portal.domain.device_life import RevocationReason
from portal.domain.errors import Conflict, NotFound, PolicyForbids
from portal.domain.ids import DeviceId
from portal.domain.outcomes import Refused
from portal.domain.plan_items import Choices
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.services.order_telling import Order, OrderTeller
from tests.fakes.authority import FakeAuthorities
from tests.fakes.register import FakeRegisters
from tests.support.life import Life
from tests.support.office import SERIAL, Office

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)


@pytest.fixture
def life(office: Office) -> Life:
    made = Life(office)
    made.issue()
    return made


def state(life: Life) -> DeviceState:
    found: DeviceState = life.office.device_row().state
    return found


def active(life: Life) -> bool:
    return SERIAL in life.register.devices - life.register.inactive


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


def test_an_authority_that_is_away_is_told_later(life: Life) -> None:
    life.office.nature.troubles["ca.revoke"] = [DOWN, DOWN]
    number = life.life.disable(life.device, actor="operator")
    life.work()
    assert life.told() == [("hold", "pending"), ("suspend", "done")]
    life.sweep()
    assert life.at_the_ca() is Revocation.GOOD, "not yet: it waits between tries"
    for _try in range(2):
        life.office.clock.advance(seconds=10)
        life.sweep()
    assert life.at_the_ca() is Revocation.ON_HOLD
    assert life.status(number) is OperationStatus.DONE
    assert life.orders.ring_due() == 0


def test_an_answer_that_was_lost_is_asked_for_again(life: Life) -> None:
    life.office.nature.lost["ca.revoke"] = [DOWN]
    life.life.disable(life.device, actor="operator")
    life.work()
    assert life.at_the_ca() is Revocation.ON_HOLD
    assert life.certificate() is Revocation.GOOD, "nobody told us"
    life.office.clock.advance(seconds=10)
    life.sweep()
    assert life.certificate() is Revocation.ON_HOLD


def test_a_bell_that_was_lost_is_rung_by_the_sweeper(life: Life) -> None:
    life.life.disable(life.device, actor="operator")
    life.calls.calls.clear()
    life.sweep()
    assert life.at_the_ca() is Revocation.ON_HOLD


def test_a_refusal_for_good_is_written_down_and_ends_it(life: Life) -> None:
    life.office.nature.troubles["ca.revoke"] = [Refused(why(Trouble.CA_REFUSED, "unknown_serial"), permanent=True)]
    number = life.life.disable(life.device, actor="operator")
    life.work()
    assert life.told() == [("hold", "refused"), ("suspend", "done")]
    assert life.status(number) is OperationStatus.DONE
    assert ("worker:device:order_refused", "worker") in life.office.told()


def test_enabling_overtakes_a_hold_nobody_was_told_of(life: Life) -> None:
    life.office.nature.troubles["ca.revoke"] = [DOWN]
    first = life.life.disable(life.device, actor="operator")
    life.work()
    life.life.enable(life.device, actor="operator")
    assert life.status(first) is OperationStatus.SUPERSEDED
    life.office.clock.advance(minutes=10)
    life.sweep()
    life.sweep()
    assert (life.at_the_ca(), active(life)) == (Revocation.GOOD, True)


def test_two_workers_are_never_at_one_device(life: Life) -> None:
    """The second finds the first at work; what overtook it waits for its end."""
    first = life.life.disable(life.device, actor="operator")
    seen: list[bool] = []

    def meanwhile(_order: object) -> None:
        later = life.life.enable(life.device, actor="admin")
        seen.extend([life.orders.carry(first), life.orders.carry(later)])

    life.office.ca.on_revoke = meanwhile
    life.orders.carry(first)
    assert seen == [False, False]
    life.office.ca.on_revoke = lambda _order: None
    life.sweep()
    assert (life.at_the_ca(), state(life)) == (Revocation.GOOD, DeviceState.ISSUED)


def test_a_worker_that_died_is_followed_by_another(life: Life) -> None:
    number = life.life.disable(life.device, actor="operator")
    life.office.ca.on_revoke = _dies
    with pytest.raises(KeyboardInterrupt):
        life.orders.carry(number)
    life.office.ca.on_revoke = lambda _order: None
    assert not life.orders.carry(number), "its lease holds"
    life.office.clock.advance(minutes=3)
    life.sweep()
    assert life.at_the_ca() is Revocation.ON_HOLD


def _dies(_order: object) -> None:
    raise KeyboardInterrupt


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


def test_an_authority_without_holds_says_so(life: Life) -> None:
    class Plain:
        revoke = life.office.ca.revoke

    teller = OrderTeller(FakeAuthorities({"main": Plain()}), FakeRegisters({}))  # type: ignore[dict-item]
    outcome = teller.tell(_order("hold", "main"))
    assert isinstance(outcome, Refused)
    assert (outcome.permanent, outcome.why.detail) == (True, "no_hold")
    unknown = teller.tell(_order("hold", "elsewhere"))
    assert isinstance(unknown, Refused)
    assert unknown.why.trouble is Trouble.CA_UNKNOWN
    away = teller.tell(_order("suspend", "secret_net"))
    assert isinstance(away, Refused)
    assert not away.permanent


def _order(kind: str, target: str) -> Order:
    return Order(1, OrderKind(kind), target, "1000", "certificateHold", SERIAL, "login")
