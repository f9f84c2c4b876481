"""What counts as drift, and what may be done about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.certificate import Revocation
from portal.domain.drift import (
    ALWAYS,
    LONGEST_DEBT,
    LONGEST_ISSUE,
    Decision,
    DriftKind,
    IssuedForUs,
    Stage,
    Standing,
    decisions,
    of_debt,
    of_issued,
    of_standing,
    of_waiting,
    proposal,
)
from tests.support.clock import NOON

LONG_AGO = NOON - timedelta(days=2)
LATER = NOON + timedelta(days=30)
HALF_DONE = IssuedForUs(LONG_AGO, over_since=LONG_AGO)
MOMENTS = st.datetimes(
    min_value=LONG_AGO.replace(tzinfo=None), max_value=LATER.replace(tzinfo=None), timezones=st.just(UTC)
)


def test_a_certificate_of_a_run_that_is_over_is_half_done() -> None:
    assert of_issued(HALF_DONE, NOON) is DriftKind.HALF_DONE
    assert of_issued(replace(HALF_DONE, recorded=True), NOON) is DriftKind.HALF_DONE


@pytest.mark.parametrize(
    "explained",
    [
        replace(HALF_DONE, settled=True),
        replace(HALF_DONE, over_since=None),
        replace(HALF_DONE, owed=True),
        replace(HALF_DONE, over_since=NOON - LONGEST_ISSUE + timedelta(seconds=1)),
        replace(HALF_DONE, issued_at=NOON),
        IssuedForUs(LONG_AGO, ordered=False, recorded=True),
    ],
    ids=["settled", "its run goes on", "owed", "over just now", "issued just now", "in a row, whoever ordered it"],
)
def test_what_is_explained_or_under_way_is_no_drift(explained: IssuedForUs) -> None:
    assert of_issued(explained, NOON) is None


def test_what_nobody_ordered_is_told() -> None:
    assert of_issued(IssuedForUs(LONG_AGO, ordered=False), NOON) is DriftKind.NOBODYS_ORDER


@given(MOMENTS, st.none() | MOMENTS, st.booleans(), st.booleans(), st.booleans())
def test_nothing_young_is_judged(
    issued: datetime, over: datetime | None, ordered: bool, owed: bool, recorded: bool
) -> None:
    found = IssuedForUs(issued, ordered=ordered, over_since=over, owed=owed, recorded=recorded)
    if of_issued(found, NOON) is not None:
        assert found.issued_at <= NOON - LONGEST_ISSUE
        assert found.over_since is None or found.over_since <= NOON - LONGEST_ISSUE


REVOKED, HELD, GOOD, UNKNOWN = Revocation.REVOKED, Revocation.ON_HOLD, Revocation.GOOD, Revocation.UNKNOWN


@pytest.mark.parametrize(
    ("row", "there", "kind"),
    [
        (GOOD, REVOKED, DriftKind.REVOKED_THERE),
        (GOOD, HELD, DriftKind.REVOKED_THERE),
        (HELD, REVOKED, DriftKind.REVOKED_THERE),
        (UNKNOWN, REVOKED, DriftKind.REVOKED_THERE),
        (REVOKED, GOOD, DriftKind.REVOCATION_LOST),
        (HELD, GOOD, DriftKind.REVOCATION_LOST),
        (REVOKED, HELD, DriftKind.REVOCATION_LOST),
        (UNKNOWN, GOOD, None),
        (GOOD, GOOD, None),
        (REVOKED, REVOKED, None),
    ],
)
def test_a_row_and_its_authority(row: Revocation, there: Revocation, kind: DriftKind | None) -> None:
    assert of_standing(Standing(row, there, LATER), NOON) is kind


def test_an_authority_that_never_issued_it() -> None:
    assert of_standing(Standing(GOOD, UNKNOWN, LATER, certain=True), NOON) is DriftKind.UNKNOWN_THERE
    assert of_standing(Standing(GOOD, UNKNOWN, LATER), NOON) is None


@given(st.sampled_from(Revocation), st.sampled_from(Revocation), st.booleans())
def test_what_ended_or_is_under_way_is_left_alone(row: Revocation, there: Revocation, certain: bool) -> None:
    assert of_standing(Standing(row, there, NOON, certain=certain), NOON) is None
    assert of_standing(Standing(row, there, LATER, busy=True, certain=certain), NOON) is None


@given(st.sampled_from(Revocation), st.sampled_from(Revocation))
def test_mending_a_standing_ends_it(row: Revocation, there: Revocation) -> None:
    kind = of_standing(Standing(row, there, LATER), NOON)
    if kind is DriftKind.REVOKED_THERE:
        assert of_standing(Standing(there, there, LATER), NOON) is None
    if kind is DriftKind.REVOCATION_LOST:
        assert of_standing(Standing(row, row, LATER), NOON) is None


def test_a_debt_and_an_order_grow_old() -> None:
    assert of_debt(NOON - LONGEST_DEBT, NOON) is DriftKind.DEBT_OVERDUE
    assert of_debt(NOON, NOON) is None
    assert of_waiting(LONG_AGO, NOON, owed=False) is DriftKind.ORDER_WAITING
    assert of_waiting(LONG_AGO, NOON, owed=True) is None
    assert of_waiting(NOON, NOON, owed=False) is None


@pytest.mark.parametrize("kind", DriftKind)
@pytest.mark.parametrize("usable", [False, True])
def test_what_is_proposed_may_be_decided(kind: DriftKind, *, usable: bool) -> None:
    offered = decisions(kind, usable=usable)
    assert offered[0] is proposal(kind, usable=usable)
    assert len(set(offered)) == len(offered)
    assert set(ALWAYS) <= set(offered)


def test_what_can_be_used_is_used() -> None:
    assert proposal(DriftKind.HALF_DONE) is Decision.REVOKE
    assert proposal(DriftKind.HALF_DONE, usable=True) is Decision.USE
    assert decisions(DriftKind.HALF_DONE, usable=True)[1] is Decision.REVOKE
    assert proposal(DriftKind.OURS_WITHOUT_ROW, usable=True) is Decision.KEEP
    assert proposal(DriftKind.GONE, usable=True) is Decision.REVIEW


def test_stages_follow_one_another_to_an_end() -> None:
    assert [stage.following for stage in Stage] == [*list(Stage)[1:], None]
