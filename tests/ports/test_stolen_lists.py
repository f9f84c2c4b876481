"""A step list is good for one agent, one token and one time, whoever gets hold of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.ports.agent_orders import CLOCKS_DIFFER, ListRefusal, StepList, may_execute, sent
from portal.ports.token import ReadContents

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCHS = {"task": 2}
LIST = StepList("list", "task", "mine", "00a1", 2, NOW, NOW + timedelta(seconds=90), (sent(ReadContents()),))


def test_the_right_agent_may_in_time() -> None:
    assert may_execute(LIST, "mine", "00a1", now=NOW, epochs=EPOCHS) is None
    assert may_execute(LIST, "mine", "00a1", now=NOW - CLOCKS_DIFFER, epochs={}) is None
    assert may_execute(replace(LIST, epoch=3), "mine", "00a1", now=NOW, epochs=EPOCHS) is None


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"agent": "other"}, ListRefusal.OTHER_AGENT),
        ({"serial": "00b2"}, ListRefusal.OTHER_TOKEN),
        ({"expires_at": NOW}, ListRefusal.EXPIRED),
        ({"made_at": NOW + CLOCKS_DIFFER + timedelta(seconds=1)}, ListRefusal.TOO_EARLY),
        ({"epoch": 1}, ListRefusal.EPOCH_OVER),
        ({"orders": ()}, ListRefusal.MALFORMED),
        ({"orders": (sent(ReadContents(), seq=2),)}, ListRefusal.MALFORMED),
        ({"orders": (sent(ReadContents()), sent(ReadContents()))}, ListRefusal.MALFORMED),
    ],
    ids=["agent", "token", "late", "early", "epoch", "empty", "numbered from two", "twice the same number"],
)
def test_anything_else_is_refused(changed: dict[str, object], refusal: ListRefusal) -> None:
    assert may_execute(replace(LIST, **changed), "mine", "00a1", now=NOW, epochs=EPOCHS) is refusal  # type: ignore[arg-type]
