"""Authorities and registers that are told: late, twice, by whoever is left, and until they answer."""

import pytest

from portal.db.models import OperationStatus
from portal.domain.certificate import Revocation
from portal.domain.device import DeviceState
from portal.domain.outcomes import Refused
from portal.domain.troubles import Trouble, why
from portal.services.order_telling import OrderTeller
from tests.fakes.authority import FakeAuthorities
from tests.fakes.register import FakeRegisters
from tests.services.device_life.living import _order, active, state
from tests.support.life import Life

DOWN = Refused(why(Trouble.CA_UNAVAILABLE), permanent=False)


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
