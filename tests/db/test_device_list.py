"""Lists of devices: every filter and every mixture of filters, in pages that together are the whole list."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from portal.db import snapshots
from portal.db.queries import device_drivers, device_looking, stretches
from portal.db.queries.devices import DeviceFilter, list_devices
from portal.db.queries.hits import understood
from portal.db.queries.views import DeviceRow
from portal.db.transaction import Database
from portal.db.words import fold
from portal.domain.device import DeviceState
from portal.domain.errors import InvalidInput
from portal.domain.findings import UpdateReason
from portal.domain.ids import PolicyId
from portal.seed.fleet import generate_fleet
from portal.services.reviews import review_of
from tests.support.clock import NOON

FLEET = 300
DAYS = st.one_of(st.none(), st.integers(-60, 400))
FILTERS = st.builds(
    DeviceFilter,
    text=st.sampled_from(["", "", "", "ив", "а", "ключ 2", "10000", "ольга", "с а", "bdf"]),
    state=st.one_of(st.none(), st.sampled_from(DeviceState)),
    reason=st.one_of(st.none(), st.sampled_from(UpdateReason)),
    policy=st.one_of(st.none(), st.integers(1, 5).map(PolicyId)),
    expires_from=DAYS.map(lambda days: None if days is None else NOON + timedelta(days=days)),
    expires_before=DAYS.map(lambda days: None if days is None else NOON + timedelta(days=days)),
    due=st.booleans(),
    troubled=st.sampled_from([False, False, True]),
)


@pytest.fixture
def fleet(database: Database) -> Database:
    generate_fleet(database, people=FLEET, devices=FLEET, seed=5, now=NOON)
    return database


def pages(connection: Connection, wanted: DeviceFilter, size: int) -> Iterator[DeviceRow]:
    after = None
    for _ in range(FLEET):
        page = list_devices(connection, wanted, after=after, size=size)
        assert len(page.items) <= size
        yield from page.items
        after = page.after
        if after is None:
            return
    raise AssertionError("the pages never end")


def passes(row: DeviceRow, wanted: DeviceFilter, words: tuple[str, ...], reasons: set[UpdateReason]) -> bool:
    """The filter once more, on a row."""
    end = row.earliest_not_after
    bounded = wanted.expires_from is not None or wanted.expires_before is not None
    own = fold(f"{row.serial} {row.label} {row.holder}").split()
    return (
        (wanted.state in {None, row.state})
        and (wanted.policy in {None, row.policy_id})
        and (wanted.reason is None or wanted.reason in reasons)
        and (not wanted.due or row.due)
        and (not wanted.troubled or bool(row.problem))
        and not (bounded and end is None)
        and (wanted.expires_from is None or (end is not None and end >= wanted.expires_from))
        and (wanted.expires_before is None or (end is not None and end < wanted.expires_before))
        and all(any(part.startswith(word) for part in own) for word in words)
    )


def test_pages_together_are_the_whole_list(fleet: Database) -> None:
    every_mixture_is_whole(fleet, examples=60)


def test_pages_that_stopped_early_are_the_whole_list_as_well(fleet: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over a million devices: every word is common, a stretch is short, and patience is over at once."""
    monkeypatch.setattr(device_drivers, "RARE", 2)
    monkeypatch.setattr(stretches, "PATIENCE", -1.0)
    monkeypatch.setattr(device_looking, "FIRST_STRETCH", 20)
    monkeypatch.setattr(device_looking, "STRETCH", 40)
    monkeypatch.setattr(device_looking, "SHORT_STRETCH", 15)
    every_mixture_is_whole(fleet, examples=25)


def test_a_page_says_that_looking_stopped_early(fleet: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "PATIENCE", -1.0)
    monkeypatch.setattr(device_looking, "FIRST_STRETCH", 10)
    impossible = DeviceFilter(state=DeviceState.CLEAN, due=True)
    with fleet.read() as connection:
        page = list_devices(connection, impossible)
        monkeypatch.setattr(device_looking, "FIRST_STRETCH", FLEET)
        whole = list_devices(connection, impossible)
    assert (page.items, page.partly, page.count.more) == ((), True, True)
    assert page.after is not None
    assert (whole.items, whole.partly, whole.after) == ((), False, None)


def every_mixture_is_whole(fleet: Database, *, examples: int) -> None:
    with fleet.read() as connection:
        everything = list(pages(connection, DeviceFilter(), FLEET))
        reasons = {
            row.id: set(row.reasons) | ({UpdateReason.OPTIONAL_AVAILABLE} if row.possible else set())
            for row in everything
        }
        assert len(everything) == FLEET

        @given(FILTERS, st.integers(1, 60))
        @hypothesis_settings(max_examples=examples, suppress_health_check=list(HealthCheck))
        def every_mixture(wanted: DeviceFilter, size: int) -> None:
            found = list(pages(connection, wanted, size))
            words = tuple(fold(understood(connection, wanted.text)).split())
            expected = {row.id for row in everything if passes(row, wanted, words, reasons[row.id])}
            assert len(found) == len({row.id for row in found}), "a device is listed twice"
            assert {row.id for row in found} == expected
            keys = [(row.earliest_not_after if wanted.by_expiry else NOON, row.id) for row in found]
            assert all(before < after for before, after in pairwise(keys))

        every_mixture()


def test_stored_findings_are_what_the_rules_say(fleet: Database) -> None:
    with fleet.read() as connection:
        rows = list(pages(connection, DeviceFilter(), 100))
        given_to = snapshots.assignments(connection)
        devices = snapshots.devices(connection, [row.id for row in rows])
    for row in rows:
        review = review_of(devices[row.id], given_to, NOON)
        due = tuple(dict.fromkeys(one.reason for one in review.findings if one.reason.due))
        assert set(row.reasons) == set(due)
        assert (row.policy_id, row.problem) == (review.policy, review.problem)


def test_every_reason_a_fleet_can_have_occurs(fleet: Database) -> None:
    with fleet.read() as connection:
        rows = list(pages(connection, DeviceFilter(), 100))
    seen = {reason for row in rows for reason in row.reasons}
    never = {UpdateReason.LEFTOVER_FOUND, UpdateReason.COMMON_REMOVED, UpdateReason.CERTIFICATE_REVOKED}
    assert {reason for reason in UpdateReason if reason.due} - seen <= never


def test_counts_are_exact_while_they_are_small(fleet: Database) -> None:
    with fleet.read() as connection:
        page = list_devices(connection, DeviceFilter(state=DeviceState.ISSUED), size=10)
        whole = list(pages(connection, DeviceFilter(state=DeviceState.ISSUED), 100))
    assert (page.count.number, page.count.more) == (len(whole), False)


@pytest.mark.parametrize("cursor", ["x", "", "WzFd!", "WyJhIl0", "W10", "WzEsMl0", "bnVsbA"])
def test_a_place_we_did_not_make_is_refused(database: Database, cursor: str) -> None:
    with database.read() as connection, pytest.raises(InvalidInput):
        list_devices(connection, DeviceFilter(), after=cursor)
