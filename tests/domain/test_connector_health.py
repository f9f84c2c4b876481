"""How long a counterpart is left alone after it did not answer."""

from portal.domain.connector_health import LONGEST_PAUSE, ConnectorState, Health, Standing, pause_after
from tests.support.clock import NOON


def test_pauses_grow_to_a_limit() -> None:
    assert [pause_after(tries, 0.0).total_seconds() for tries in (1, 2, 3)] == [2, 4, 8]
    assert pause_after(99, 0.0) == LONGEST_PAUSE
    assert pause_after(99, 1.0) == LONGEST_PAUSE * 1.2


def test_how_it_stands_in_one_word() -> None:
    active, paused = ConnectorState.ACTIVE, ConnectorState.PAUSED
    assert Health().standing(active) is Standing.UNTRIED
    assert Health(answered_at=NOON).standing(active) is Standing.WELL
    assert Health(failures=1, answered_at=NOON).standing(active) is Standing.FAILING
    assert Health(failures=1).standing(paused) is Standing.PAUSED
