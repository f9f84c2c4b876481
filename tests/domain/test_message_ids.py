"""Ids of messages are UUIDs of version 1 whose age can be read."""

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.message_ids import CHANCE_BITS, message_id, written_at

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given a zone
CHANCES = st.integers(0, 2**CHANCE_BITS - 1)


@given(MOMENTS, CHANCES)
def test_the_moment_is_read_back(now: datetime, chance: int) -> None:
    made = message_id(now, chance)
    assert uuid.UUID(made).version == 1
    assert uuid.UUID(made).variant == uuid.RFC_4122
    assert made == made.lower()
    assert written_at(made) == now


@given(MOMENTS, st.lists(CHANCES, min_size=2, max_size=2, unique_by=lambda chance: chance | 1 << 40))
def test_chance_keeps_messages_of_one_moment_apart(now: datetime, chances: list[int]) -> None:
    assert len({message_id(now, chance) for chance in chances}) == 2


def test_the_node_is_no_network_card() -> None:
    assert uuid.UUID(message_id(datetime.now(UTC), 0)).node >> 40 & 1


def test_the_zone_does_not_matter() -> None:
    now = datetime.now(UTC)
    assert message_id(now, 5) == message_id(now.astimezone(timezone(timedelta(hours=3))), 5)


@pytest.mark.parametrize("text", ["", "nonsense", str(uuid.UUID(int=4, version=4))])
def test_what_is_no_such_id_has_no_moment(text: str) -> None:
    with pytest.raises(ValueError, match=r"UUID"):
        written_at(text)
