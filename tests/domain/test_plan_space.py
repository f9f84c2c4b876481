"""Room on the token: warned before anything is asked, and what can go first."""

from dataclasses import replace

import pytest
from hypothesis import given

from portal.domain.certificate import CommonOnDevice, KeyAlgorithm
from portal.domain.device import Leftover
from portal.domain.plan_items import Action, Choices
from portal.domain.plan_space import (
    CERTIFICATE_BYTES,
    CERTIFICATE_FREES,
    PAIR_BYTES,
    PAIR_FREES,
    may_go_first,
    space_warning,
)
from portal.domain.situation import Situation
from tests.domain.examples import (
    MAIL,
    NOW,
    a_certificate,
    a_common,
    a_device,
    a_policy,
    a_template,
    carrying,
    expiring_in,
    plan_of,
)
from tests.support.generate import NOW as GENERATED_NOW
from tests.support.generate import Case, cases

NEW = CERTIFICATE_BYTES + PAIR_BYTES[KeyAlgorithm.RSA_2048]


def test_no_warning_when_the_token_does_not_tell() -> None:
    assert plan_of(a_device(), a_policy(a_template())).space is None


@pytest.mark.parametrize(("free", "warned"), [(NEW, False), (NEW - 1, True)])
def test_a_new_certificate_needs_a_pair_and_a_certificate(*, free: int, warned: bool) -> None:
    space = plan_of(a_device(free_memory=free), a_policy(a_template())).space
    assert (space is not None) is warned
    assert space is None or (space.needed, space.free, space.may_go_first) == (NEW, free, ())


def test_a_smaller_key_and_no_new_key_need_less() -> None:
    small = a_policy(a_template(algorithm=KeyAlgorithm.EC_P256))
    needed = CERTIFICATE_BYTES + PAIR_BYTES[KeyAlgorithm.EC_P256]
    assert plan_of(a_device(free_memory=needed), small).space is None
    same = a_policy(a_template(reuse_key=True))
    assert plan_of(a_device(expiring_in(3), free_memory=CERTIFICATE_BYTES), same).space is None


def test_old_and_new_must_fit_together_and_what_went_makes_room_for_the_next() -> None:
    policy = a_policy(a_template(), commons=(a_common(),))
    device = a_device(expiring_in(3), commons=(CommonOnDevice("root", 1, "root1", "k"),), free_memory=0)
    space = plan_of(device, policy).space
    assert space
    assert space.needed == 2 * NEW - CERTIFICATE_FREES - PAIR_FREES


def test_what_may_go_first_is_named_and_helps_when_chosen() -> None:
    device = a_device(
        expiring_in(-1),
        a_certificate(MAIL, "gone", escrow=True),
        leftovers=(Leftover("l"),),
        free_memory=NEW - 1,
    )
    policy = a_policy(a_template())
    warned = plan_of(device, policy).space
    assert warned
    assert warned.may_go_first == ("gone", "l", "old")
    assert plan_of(device, policy, Choices(remove_first=frozenset({"gone"}))).space is None


def test_what_is_not_there_frees_nothing() -> None:
    device = replace(carrying(a_device(expiring_in(-1))), free_memory=NEW - 1)
    choices = Choices(remove_first=frozenset({"old"}))
    space = plan_of(device, a_policy(a_template()), choices).space
    assert space
    assert space.needed == NEW


def test_a_certificate_that_is_missing_may_go_first_even_when_it_is_valid() -> None:
    device = carrying(a_device(a_certificate()))
    plan = plan_of(device, a_policy(a_template()))
    situation = Situation(device, a_policy(a_template()), Choices(), NOW)
    assert [may_go_first(situation, item) for item in plan.items] == [True]
    assert plan.items[0].action is Action.ISSUE


@given(cases())
def test_letting_go_first_never_needs_more(case: Case) -> None:
    device = replace(case.device, free_memory=-1)
    plain = Situation(device, case.policy, replace(case.choices, remove_first=frozenset()), GENERATED_NOW)
    lines = plan_of(device, case.policy, plain.choices).items
    before = space_warning(plain, lines)
    assert before
    freed = replace(plain.choices, remove_first=frozenset(before.may_go_first))
    after = space_warning(plain, plan_of(device, case.policy, freed).items)
    assert after
    assert after.needed <= before.needed
