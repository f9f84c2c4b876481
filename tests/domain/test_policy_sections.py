"""Sections of a policy: what was changed, and what becomes of two people's changes."""

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceRules, DeviceUsagePolicy, Register, SelfServiceRules
from portal.domain.policy_changes import policy_changes
from portal.domain.policy_sections import FIELDS, PolicySection, carried_over, changed_sections, same_contents
from tests.support.generate import policies

BASE = DeviceUsagePolicy(PolicyId(1), 3, "Все", ())


def test_every_field_of_a_policy_belongs_to_one_section() -> None:
    known = [name for names in FIELDS.values() for name in names]
    own = {field.name for field in fields(DeviceUsagePolicy)} - {"id", "version"}
    assert len(known) == len(set(known))
    assert set(known) == own


def test_the_numbers_of_a_publication_are_no_change() -> None:
    assert same_contents(BASE, replace(BASE, id=PolicyId(9), version=9))
    assert changed_sections(BASE, replace(BASE, tracking=True)) == {PolicySection.TRACKING}


def test_each_keeps_what_he_changed() -> None:
    mine = replace(BASE, self_service=SelfServiceRules(revoke=False))
    theirs = replace(BASE, version=4, registers=frozenset({Register.SECRET_NET}))
    both = carried_over(mine, BASE, theirs)
    assert both == replace(theirs, self_service=SelfServiceRules(revoke=False))


def test_where_both_changed_the_draft_wins() -> None:
    mine = replace(BASE, devices=DeviceRules(per_person=1))
    theirs = replace(BASE, version=4, devices=DeviceRules(per_person=2))
    assert carried_over(mine, BASE, theirs).devices.per_person == 1


@given(policies(), policies())
def test_a_draft_that_changed_nothing_becomes_the_newer_version(
    first: DeviceUsagePolicy, second: DeviceUsagePolicy
) -> None:
    assert carried_over(first, first, second) == second
    assert same_contents(carried_over(first, second, second), first)


@given(policies(), policies(), st.integers(1, 9))
def test_there_is_a_difference_in_words_exactly_where_there_is_one(
    first: DeviceUsagePolicy, second: DeviceUsagePolicy, version: int
) -> None:
    assert policy_changes(first, replace(first, version=version)) == ()
    told = {change.section for change in policy_changes(first, second)}
    assert told == changed_sections(first, second)
