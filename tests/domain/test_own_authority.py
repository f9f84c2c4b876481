"""What somebody has to look after at the authority of the portal itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.own_authority import LOOKED_WITHIN, NOTICE, KeyState, OwnAlarm, OwnHealth, OwnState

NOW = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WELL = OwnState(
    issued=7,
    key=KeyState.OPENS,
    list_made_at=NOW - DAY / 2,
    list_until=NOW + DAY / 2,
    own_until=NOW + NOTICE + DAY,
    responder_until=NOW + DAY,
)


@pytest.mark.parametrize(
    ("changed", "alarms"),
    [
        ({}, ()),
        ({"key": KeyState.ON_TOKEN, "responder_until": None}, ()),
        ({"key": KeyState.FAILS}, (OwnAlarm.KEY_FAILS,)),
        ({"list_until": NOW}, (OwnAlarm.LIST_OVERDUE,)),
        ({"list_until": None}, (OwnAlarm.LIST_OVERDUE,)),
        ({"own_until": NOW + NOTICE}, (OwnAlarm.ENDS_SOON,)),
        ({"own_until": NOW, "responder_until": NOW}, (OwnAlarm.ENDED, OwnAlarm.RESPONDER_ENDED)),
    ],
    ids=["well", "token", "key", "overdue", "no list", "ends soon", "ended"],
)
def test_what_is_wrong_is_named(changed: dict[str, object], alarms: tuple[OwnAlarm, ...]) -> None:
    assert OwnHealth(NOW, replace(WELL, **changed)).alarms(NOW) == alarms  # type: ignore[arg-type]


def test_a_look_grows_old() -> None:
    assert OwnHealth(NOW - LOOKED_WITHIN, WELL).alarms(NOW) == (OwnAlarm.NOT_LOOKED_AT,)
