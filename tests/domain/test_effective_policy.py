"""Which policy acts for a person, and why."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.effective_policy import Assignment, NoPolicy, effective_policy
from portal.domain.errors import PolicyForbids
from portal.domain.ids import AssignmentId
from tests.domain.examples import ANNA, NOW, a_policy


def an_assignment(number: int, **changes: Any) -> Assignment:
    fields = {
        "id": AssignmentId(number),
        "policy": a_policy(name=f"policy {number}"),
        "container": ("Ключ",),
        "groups": frozenset[str](),
        "priority": 10,
        "created_at": NOW,
    }
    return Assignment(**{**fields, **changes})


def strongest(*assignments: Assignment) -> int:
    return effective_policy(ANNA, assignments).because.id


def test_the_smaller_priority_wins() -> None:
    assert strongest(an_assignment(1, priority=2, container=("Ключ", "Продажи")), an_assignment(2, priority=1)) == 2


def test_of_one_priority_the_deeper_container_wins() -> None:
    assert (
        strongest(an_assignment(1), an_assignment(2, container=("Ключ", "Продажи")), an_assignment(3, container=()))
        == 2
    )


def test_of_one_depth_the_older_assignment_wins_then_the_smaller_number() -> None:
    older = NOW - timedelta(seconds=1)
    assert strongest(an_assignment(1), an_assignment(2, created_at=older)) == 2
    assert strongest(an_assignment(2), an_assignment(1)) == 1


def test_a_container_reaches_only_what_is_inside() -> None:
    assert not an_assignment(1, container=("Ключ", "Склад")).reaches(ANNA)
    assert not an_assignment(1, container=("Ключ", "Продажи", "Север")).reaches(ANNA)
    assert an_assignment(1, container=()).reaches(ANNA)


def test_groups_narrow_the_container() -> None:
    assert an_assignment(1, groups=frozenset({"vpn", "mail"})).reaches(ANNA)
    assert not an_assignment(1, groups=frozenset({"mail"})).reaches(ANNA)
    assert not an_assignment(1, groups=frozenset({"vpn"}), container=("Склад",)).reaches(ANNA)


def test_it_says_why_and_what_lost_strongest_first() -> None:
    assignments = [an_assignment(3, priority=3), an_assignment(1, priority=1), an_assignment(2, priority=2)]
    elsewhere = an_assignment(4, container=("Склад",))
    found = effective_policy(ANNA, [*assignments, elsewhere])
    assert found.policy is found.because.policy
    assert (found.because.id, [a.id for a in found.passed_over]) == (1, [2, 3])


def test_nobody_reaches_the_person() -> None:
    with pytest.raises(NoPolicy) as caught:
        effective_policy(ANNA, [an_assignment(1, container=("Склад",))])
    assert isinstance(caught.value, PolicyForbids)
    assert caught.value.code == "no_policy"


assignments = st.builds(
    an_assignment,
    st.integers(1, 99),
    priority=st.integers(1, 3),
    container=st.sampled_from(((), ("Ключ",), ("Ключ", "Продажи"))),
)


@given(st.lists(assignments, min_size=1, unique_by=lambda a: a.id), st.randoms())
def test_the_order_of_the_assignments_does_not_matter(found: list[Assignment], random: Any) -> None:
    shuffled = found[:]
    random.shuffle(shuffled)
    assert effective_policy(ANNA, found) == effective_policy(ANNA, shuffled)
