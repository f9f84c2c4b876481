"""What every certification authority promises, whatever is behind it."""

import pytest

from portal.domain.certificate import Revocation
from portal.domain.outcomes import Absent, Done, Happened, Refused, Unknown
from portal.ports.certificate_authority import (
    RevocationOrder,
    Suspender,
)
from tests.contracts.certificate_authority.worlds import FINAL, FORGETFUL, SUSPENDING, TELLING, World, revoked
from tests.support.clock import FrozenClock


def test_the_certificate_is_for_the_key_of_the_request(world: World) -> None:
    order = world.order("one", 0)
    facts = world.reader.certificate(world.issued(order).certificate)
    assert facts.public_key_hash == world.reader.request_key_hash(order.request)


def test_it_is_valid_now(world: World) -> None:
    facts = world.reader.certificate(world.issued(world.order("one", 0)).certificate)
    assert facts.not_before <= world.clock.now() < facts.not_after


def test_asked_twice_it_answers_with_the_same_certificate(world: World) -> None:
    assert world.issued(world.order("one", 0)) == world.issued(world.order("one", 0))


def test_other_orders_get_other_certificates(world: World) -> None:
    assert world.serial(world.order("one", 0)) != world.serial(world.order("two", 0))


@pytest.mark.parametrize("world", TELLING, indirect=True)
def test_the_effect_of_an_order_is_known(world: World) -> None:
    assert world.ca.effect_of(world.order("one", 0)) == Absent()
    made = world.issued(world.order("one", 0))
    assert world.ca.effect_of(world.order("one", 0)) == Happened(made)
    assert world.ca.effect_of(world.order("two", 0)) == Absent()


@pytest.mark.parametrize("world", FORGETFUL, indirect=True)
def test_what_became_of_an_order_that_nobody_can_ask_about_a_person_tells(world: World) -> None:
    order = world.order("one", 0)
    world.issued(order)
    effect = world.ca.effect_of(order)
    assert isinstance(effect, Unknown)
    assert effect.whom is None


def test_a_certificate_is_good_until_it_is_revoked(world: World, clock: FrozenClock) -> None:
    serial = world.serial(world.order("one", 0))
    assert world.ca.status(serial) is Revocation.GOOD
    clock.advance(hours=1)
    at = revoked(world.ca.revoke(RevocationOrder("r", serial))).at
    assert at == clock.now() or (world.outside and at <= world.clock.now())
    assert world.ca.status(serial) is Revocation.REVOKED


def test_revoking_what_is_revoked_is_done(world: World) -> None:
    serial = world.serial(world.order("one", 0))
    revoked(world.ca.revoke(RevocationOrder("r", serial)))
    revoked(world.ca.revoke(RevocationOrder("r", serial)))
    assert world.ca.status(serial) is Revocation.REVOKED


def test_revoking_one_leaves_the_others(world: World) -> None:
    first, second = (world.serial(world.order(name, 0)) for name in ("one", "two"))
    revoked(world.ca.revoke(RevocationOrder("r", first)))
    assert world.ca.status(second) is Revocation.GOOD


@pytest.mark.parametrize("world", TELLING, indirect=True)
def test_a_revoked_certificate_is_still_what_came_of_its_order(world: World) -> None:
    order = world.order("one", 0)
    made = world.issued(order)
    revoked(world.ca.revoke(RevocationOrder("r", world.serial(order))))
    assert world.ca.effect_of(order) == Happened(made)


@pytest.mark.parametrize("world", SUSPENDING, indirect=True)
def test_a_hold_can_be_taken_back_as_often_as_asked(world: World) -> None:
    assert isinstance(world.ca, Suspender)
    serial = world.serial(world.order("o1", 0))
    for _again in range(2):
        revoked(world.ca.revoke(RevocationOrder("h", serial, "certificateHold")))
        assert world.ca.status(serial) is Revocation.ON_HOLD
        assert isinstance(world.ca.release(RevocationOrder("r", serial)), Done)
        assert isinstance(world.ca.release(RevocationOrder("r", serial)), Done)
        assert world.ca.status(serial) is Revocation.GOOD


@pytest.mark.parametrize("world", SUSPENDING, indirect=True)
def test_what_is_revoked_for_good_is_not_released(world: World) -> None:
    assert isinstance(world.ca, Suspender)
    serial = world.serial(world.order("o1", 0))
    revoked(world.ca.revoke(RevocationOrder("h", serial, "certificateHold")))
    revoked(world.ca.revoke(RevocationOrder("f", serial, "keyCompromise")))
    refused = world.ca.release(RevocationOrder("r", serial))
    assert isinstance(refused, Refused)
    assert refused.permanent
    assert world.ca.status(serial) is Revocation.REVOKED


@pytest.mark.parametrize("world", FINAL, indirect=True)
def test_an_authority_that_cannot_take_a_hold_back_is_not_asked_for_one(world: World) -> None:
    assert not isinstance(world.ca, Suspender)
    serial = world.serial(world.order("one", 0))
    outcome = world.ca.revoke(RevocationOrder("h", serial, "certificateHold"))
    assert isinstance(outcome, Refused)
    assert outcome.permanent
    assert world.ca.status(serial) is Revocation.GOOD
