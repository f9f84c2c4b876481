"""A question that is asked again and again has the same answer as in SQLAlchemy's hands."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, bindparam, func, insert, literal, select, tuple_, union_all
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound

from portal.db.answers import Answer
from portal.db.models import Device, DeviceContents, Group
from portal.db.reading import ask_alike
from portal.db.transaction import Database
from portal.domain.device import DeviceState

SEEN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
OFTEN = 5
_COLUMNS = select(Device.serial, Device.state, Device.last_seen_at, Device.possible, DeviceContents.contents)
_COLUMNS = _COLUMNS.join_from(Device, DeviceContents, DeviceContents.device_id == Device.id)
BY_SERIAL = _COLUMNS.where(Device.serial == bindparam("serial"))
BY_STATES = select(Device.serial).where(Device.state.in_(bindparam("states", expanding=True))).order_by(Device.serial)
FIXED = select(Device.serial).where(Device.state.in_([DeviceState.CLEAN, DeviceState.REVOKED])).order_by(Device.serial)
SEEN_SINCE = select(func.count()).where(Device.last_seen_at >= bindparam("since"))
SOME = select(Device.serial).order_by(Device.serial).limit(bindparam("some"))
BOTH = union_all(select(Device.serial.label("one"), literal(1).label("two")), select(Device.serial, literal(2)))


@pytest.fixture
def devices(database: Database) -> Database:
    known = {"model": "", "type": "", "label": "", "created_at": SEEN}
    states = (DeviceState.CLEAN, DeviceState.ISSUED, DeviceState.REVOKED)
    with database.begin() as connection:
        for number, state in enumerate(states):
            seen = SEEN if number else None
            row = {"id": number + 1, "serial": f"s{number}", "state": state, "last_seen_at": seen}
            connection.execute(insert(Device).values(**known, **row))
            values = {"device_id": number + 1, "contents": {"label": "Ёж"}, "contents_hash": ""}
            connection.execute(insert(DeviceContents).values(values))
    return database


def often(connection: Connection, ask: Callable[[Connection], Any]) -> Any:
    """The answer, which is the same the first time and whenever it is asked again."""
    answers = [ask(connection) for _ in range(OFTEN)]
    assert all(answer == answers[0] for answer in answers)
    return answers[-1]


def test_values_have_their_shapes_on_the_way_in_and_out(devices: Database) -> None:
    with devices.read() as connection:
        row = often(connection, lambda asked: tuple(asked.execute(BY_SERIAL, {"serial": "s1"}).one()))
        assert row == ("s1", DeviceState.ISSUED, SEEN, False, {"label": "Ёж"})
        assert isinstance(connection.execute(BY_SERIAL, {"serial": "s1"}), Answer)
        assert connection.execute(BY_SERIAL, {"serial": "s0"}).one().last_seen_at is None
        assert often(connection, lambda asked: asked.execute(SEEN_SINCE, {"since": SEEN}).scalar_one()) == 2
        assert often(connection, lambda asked: [row.one for row in asked.execute(BOTH)]) == ["s0", "s1", "s2"] * 2


def test_lists_of_any_length_are_asked_for(devices: Database) -> None:
    with devices.read() as connection:

        def found(*states: DeviceState) -> Any:
            return often(connection, lambda asked: asked.execute(BY_STATES, {"states": states}).scalars().all())

        assert found(DeviceState.ISSUED) == ["s1"]
        assert found(DeviceState.REVOKED, DeviceState.CLEAN, DeviceState.PENDING) == ["s0", "s2"]
        assert found() == []
        assert often(connection, lambda asked: list(asked.execute(FIXED).scalars())) == ["s0", "s2"]
        assert len(often(connection, lambda asked: asked.execute(SOME, {"some": 1}).all())) == 1
        assert len(often(connection, lambda asked: asked.execute(SOME, {"some": 2}).all())) == 2


def test_what_is_made_of_a_known_question_is_another_one(devices: Database) -> None:
    with devices.read() as connection:
        assert len(often(connection, lambda asked: asked.execute(BY_STATES, {"states": list(DeviceState)}).all())) == 3
        narrowed = BY_STATES.where(Device.serial > "s0")
        assert connection.execute(narrowed, {"states": list(DeviceState)}).scalars().all() == ["s1", "s2"]


def test_what_is_put_together_alike_is_asked_with_values_of_its_own(devices: Database) -> None:
    with devices.read() as connection:
        for serial, state in (("s1", DeviceState.ISSUED), ("s2", DeviceState.REVOKED), ("s0", DeviceState.CLEAN)):
            answer: Any = ask_alike(connection, _COLUMNS.where(Device.serial == serial, Device.state == state).limit(1))
            assert isinstance(answer, Answer)
            row = answer.one()
            assert (row.serial, row.state, row.contents) == (serial, state, {"label": "Ёж"})
        for since, number in ((SEEN, 2), (SEEN + timedelta(days=1), 0)):
            late = select(func.count()).select_from(select(Device.id).where(Device.last_seen_at >= since).subquery())
            assert ask_alike(connection, late).scalar_one() == number
        for some in (1, 2, 3):
            assert len(ask_alike(connection, select(Device.serial).limit(some)).all()) == some


def test_what_is_put_together_alike_has_lists_and_given_values(devices: Database) -> None:
    every = select(Device.serial).order_by(Device.serial)
    with devices.read() as connection:
        for states, found in (
            ([DeviceState.ISSUED], ["s1"]),
            ([], []),
            ([DeviceState.REVOKED, DeviceState.CLEAN], ["s0", "s2"]),
            ([DeviceState.CLEAN, DeviceState.ISSUED], ["s0", "s1"]),
        ):
            assert ask_alike(connection, every.where(Device.state.in_(states))).scalars().all() == found
        place = tuple_(Device.state, Device.serial)
        for pairs, found in (([(DeviceState.CLEAN, "s0")], ["s0"]), ([(DeviceState.REVOKED, "s2")], ["s2"])):
            assert ask_alike(connection, every.where(place.in_(pairs))).scalars().all() == found
        for serial, least in (("s1", "s0"), ("s2", "s1")):
            asked = every.where(Device.serial <= bindparam("most"), Device.serial > least)
            assert ask_alike(connection, asked, {"most": serial}).scalars().all() == [serial]


def test_what_is_put_together_anew_each_time_is_known_by_its_likeness(devices: Database) -> None:
    with devices.read() as connection:
        for place in range(OFTEN):
            asked = select(Device.serial, Device.state).where(Device.serial == f"s{place % 3}")
            answer = connection.execute(asked)
            assert isinstance(answer, Answer) is (place > 0)  # each is asked three times
            row = answer.one()
            assert dict(row._mapping) == {"serial": f"s{place % 3}", "state": row.state}
            assert connection.execute(asked).mappings().one() == row._mapping
            assert [dict(one) for one in connection.execute(asked).mappings()] == [dict(row._mapping)]
            assert connection.execute(asked).scalars().first() == f"s{place % 3}"
            seen = select(Device.last_seen_at).where(Device.serial > f"s{place % 2}")
            assert connection.execute(seen).scalars().first() == SEEN
            assert connection.execute(seen.where(Device.serial == "-")).scalars().first() is None


def test_of_lists_of_many_lengths_not_all_are_remembered(devices: Database) -> None:
    with devices.read() as connection:
        for length in (1, 2, 3, 4, 5, 120, 240, 300):
            states = [DeviceState.ISSUED] * length
            assert connection.execute(BY_STATES, {"states": states}).scalars().all() == ["s1"]
            neither = select(Device.serial).where(Device.state.not_in([DeviceState.CLEAN, *states]))
            assert connection.execute(neither).scalars().all() == ["s2"]


def test_who_only_looks_says_nothing_before_and_after(devices: Database) -> None:
    with devices.read() as connection:
        for _ in range(OFTEN):
            connection.execute(BY_SERIAL, {"serial": "s1"}).one()
        driver: Any = connection.connection.dbapi_connection
        if connection.dialect.name == "postgresql":
            assert driver.info.transaction_status is TransactionStatus.IDLE
        else:
            assert driver.in_transaction


def test_an_answer_with_too_few_or_too_many_rows_is_told(devices: Database) -> None:
    with devices.read() as connection:
        assert often(connection, lambda asked: asked.execute(BY_SERIAL, {"serial": "-"}).one_or_none()) is None
        assert connection.execute(BY_SERIAL, {"serial": "-"}).first() is None
        assert connection.execute(BY_SERIAL, {"serial": "-"}).scalar_one_or_none() is None
        with pytest.raises(NoResultFound):
            connection.execute(BY_SERIAL, {"serial": "-"}).one()
        often(connection, lambda asked: asked.execute(SOME, {"some": 2}).scalar())
        with pytest.raises(MultipleResultsFound):
            connection.execute(SOME, {"some": 2}).one()


def test_an_error_is_the_one_sqlalchemy_would_raise_and_holds_no_value(database: Database) -> None:
    broken = select(func.nothing_of_this_name(bindparam("secret", type_=Group.name.type)))
    told = [_told(database, broken) for _ in range(OFTEN)]
    assert all("nothing_of_this_name" in error for error in told)
    assert "1234" not in told[-1]


def _told(database: Database, broken: Any) -> str:
    with pytest.raises(DBAPIError) as told, database.read() as connection:
        connection.execute(broken, {"secret": "1234"})
    return str(told.value)
