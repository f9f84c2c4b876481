"""Those who follow the audit log: nothing is left out, nobody who is away stops the others."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.db.models import AuditWord
from portal.db.transaction import Database
from portal.domain.audit import AuditTag
from portal.domain.errors import OutsideUnavailable
from portal.ports.audit_sink import AuditLine
from portal.services.audit import AuditLog
from portal.services.audit_reading import AuditReading
from tests.support.clock import FrozenClock


class Sink:
    """Takes lines, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self.lines: list[int] = []

    def send(self, lines: Sequence[AuditLine]) -> None:
        self.asked += 1
        if self.away:
            raise OutsideUnavailable("syslog_unavailable", why="nobody there")
        self.lines += [line.id for line in lines]


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def reading(database: Database, clock: FrozenClock, sink: Sink) -> AuditReading:
    return AuditReading(database, clock, sink)


def write(database: Database, clock: FrozenClock, lines: int) -> None:
    log = AuditLog(database, clock)
    for number in range(lines):
        log.record(AuditTag.ACCESS_DENIED, actor="operator", subject=f"device:{number}")


def test_the_sink_gets_every_line_once_it_is_back(
    database: Database, clock: FrozenClock, sink: Sink, reading: AuditReading
) -> None:
    write(database, clock, 3)
    assert reading.forward() == 3
    sink.away = True
    write(database, clock, 2)
    for _ in range(60):
        assert reading.forward() == 0
        clock.advance(seconds=1)
    assert sink.asked < 8  # it is left alone for longer each time
    sink.away = False
    clock.advance(minutes=5)
    assert reading.forward() == 2
    assert sink.lines == [1, 2, 3, 4, 5]
    assert AuditReading(database, clock, sink).forward() == 0  # another process goes on where this one stopped


def test_without_a_sink_nothing_is_sent(database: Database, clock: FrozenClock) -> None:
    write(database, clock, 1)
    assert AuditReading(database, clock).forward() == 0


def test_words_are_written_once(database: Database, clock: FrozenClock, reading: AuditReading) -> None:
    write(database, clock, 700)
    assert [reading.index(), reading.index()] == [700, 0]
    with database.read() as connection:
        count = select(func.count()).select_from(AuditWord).where(AuditWord.term == "operator")
        assert connection.execute(count).scalar_one() == 700


def test_the_check_is_remembered(clock: FrozenClock, reading: AuditReading, database: Database) -> None:
    assert reading.state() is None
    write(database, clock, 2)
    clock.advance(days=1)
    assert reading.check().checked == 2
    state = reading.state()
    assert state
    assert (state.checked, state.fault) == (2, "")
    assert clock.now() - state.at < timedelta(seconds=1)
