"""What every keeper of PIN tickets promises."""

from datetime import timedelta

import pytest

from portal.connectors.redis_client import connect
from portal.connectors.tickets_redis import RedisPinTickets
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import UpdateId
from portal.ports.token import Pin
from portal.ports.vault import PinTickets
from tests.fakes.tickets import FakeTickets
from tests.support.clock import FrozenClock
from tests.support.servers import Valkey

MASTER = bytes(range(32))
ONE, OTHER = UpdateId(41), UpdateId(42)
SERIAL = "0a1b2c"


@pytest.fixture(params=["redis", "fake"])
def tickets(request: pytest.FixtureRequest, queue_server: Valkey, clock: FrozenClock) -> PinTickets:
    """Each keeper there is."""
    if request.param == "fake":
        return FakeTickets(clock)
    return RedisPinTickets(connect(queue_server.url), MASTER, clock)


def test_the_pin_comes_back_for_its_update_and_token(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("12345пин"))
    found = tickets.take(ONE, SERIAL)
    assert found is not None
    assert found.reveal() == "12345пин"
    assert tickets.alive(ONE)


def test_it_may_be_taken_again_after_a_crash(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("1234"))
    tickets.take(ONE, SERIAL)
    assert tickets.take(ONE, SERIAL) is not None


def test_neither_another_update_nor_another_token_gets_it(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("1234"))
    assert tickets.take(OTHER, SERIAL) is None
    assert tickets.take(ONE, "ffff") is None
    assert not tickets.alive(OTHER)


def test_the_new_pin_lies_beside_the_old_and_ends_alone(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("1111"))
    tickets.keep_new(ONE, SERIAL, Pin("2222"))
    old, new = tickets.take(ONE, SERIAL), tickets.take_new(ONE, SERIAL)
    assert old is not None
    assert new is not None
    assert (old.reveal(), new.reveal()) == ("1111", "2222")
    assert tickets.take_new(OTHER, SERIAL) is None
    assert tickets.take_new(ONE, "ffff") is None
    tickets.destroy(ONE)
    assert (tickets.alive(ONE), tickets.take_new(ONE, SERIAL) is None) == (False, False)
    tickets.destroy_new(ONE)
    assert tickets.take_new(ONE, SERIAL) is None


def test_the_new_pin_lives_as_long_as_the_old(tickets: PinTickets, clock: FrozenClock) -> None:
    tickets.keep_new(ONE, SERIAL, Pin("2222"))
    clock.advance(minutes=11)
    assert tickets.take_new(ONE, SERIAL) is None


def test_a_pin_that_became_the_right_one_is_not_refused_any_more(tickets: PinTickets) -> None:
    for pin in ("1111", "2222"):
        tickets.remember_refused(SERIAL, Pin(pin))
    tickets.forget_refused(SERIAL, Pin("1111"))
    assert [tickets.was_refused(SERIAL, Pin(pin)) for pin in ("1111", "2222")] == [False, True]


def test_destroyed_is_gone(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("1234"))
    tickets.destroy(ONE)
    tickets.destroy(ONE)
    assert tickets.take(ONE, SERIAL) is None
    assert not tickets.alive(ONE)


def test_a_new_pin_takes_the_place_of_the_old(tickets: PinTickets) -> None:
    tickets.keep(ONE, SERIAL, Pin("1111"))
    tickets.keep(ONE, SERIAL, Pin("2222"))
    found = tickets.take(ONE, SERIAL)
    assert found is not None
    assert found.reveal() == "2222"


def test_its_life_ends(tickets: PinTickets, clock: FrozenClock) -> None:
    tickets.keep(ONE, SERIAL, Pin("1234"))
    clock.advance(minutes=10)
    assert tickets.take(ONE, SERIAL) is None
    assert not tickets.alive(ONE)


def test_a_refused_pin_is_known_again_on_that_token_only(tickets: PinTickets) -> None:
    tickets.remember_refused(SERIAL, Pin("0000"))
    assert tickets.was_refused(SERIAL, Pin("0000"))
    assert not tickets.was_refused(SERIAL, Pin("0001"))
    assert not tickets.was_refused("ffff", Pin("0000"))


class TestRedis:
    """What only Redis can get wrong."""

    @pytest.fixture
    def tickets(self, queue_server: Valkey, clock: FrozenClock) -> RedisPinTickets:
        return RedisPinTickets(connect(queue_server.url), MASTER, clock)

    def test_a_clock_set_back_gives_no_longer_life(self, tickets: PinTickets, clock: FrozenClock) -> None:
        tickets.keep(ONE, SERIAL, Pin("1234"))
        clock.advance(days=-1)
        assert tickets.take(ONE, SERIAL) is None
        assert not tickets.alive(ONE)

    def test_redis_ends_the_ticket_by_itself(self, queue_server: Valkey, clock: FrozenClock) -> None:
        tickets = RedisPinTickets(connect(queue_server.url), MASTER, clock, life=timedelta(hours=5))
        tickets.keep(ONE, SERIAL, Pin("1234"))
        tickets.remember_refused(SERIAL, Pin("0000"))
        with queue_server.client() as client:
            lives = {name: int(client.pttl(name)) for name in client.scan_iter()}
        assert len(lives) == 2
        assert all(0 < life <= 24 * 3_600_000 for life in lives.values())
        assert min(lives.values()) <= 600_000

    def test_a_ticket_moved_to_another_update_does_not_open(self, tickets: PinTickets, queue_server: Valkey) -> None:
        tickets.keep(ONE, SERIAL, Pin("1234"))
        with queue_server.client() as client:
            client.copy("klyuchnik:pin:ticket:41", "klyuchnik:pin:ticket:42")
        assert tickets.take(OTHER, SERIAL) is None

    def test_a_ticket_whose_life_was_written_longer_does_not_open(
        self, tickets: PinTickets, queue_server: Valkey, clock: FrozenClock
    ) -> None:
        tickets.keep(ONE, SERIAL, Pin("1234"))
        clock.advance(seconds=-1)  # so that one second more still looks possible
        clock.advance(seconds=1)
        with queue_server.client() as client:
            stored = bytearray(client.get("klyuchnik:pin:ticket:41") or b"")
            stored[7] ^= 1
            client.set("klyuchnik:pin:ticket:41", bytes(stored))
        assert tickets.take(ONE, SERIAL) is None

    def test_its_size_tells_nothing_of_the_pin(self, tickets: PinTickets, queue_server: Valkey) -> None:
        tickets.keep(ONE, SERIAL, Pin("1"))
        tickets.keep(OTHER, SERIAL, Pin("1" * 60))
        with queue_server.client() as client:
            assert client.strlen("klyuchnik:pin:ticket:41") == client.strlen("klyuchnik:pin:ticket:42")

    def test_another_master_key_opens_nothing(self, queue_server: Valkey, clock: FrozenClock) -> None:
        client = connect(queue_server.url)
        RedisPinTickets(client, MASTER, clock).keep(ONE, SERIAL, Pin("1234"))
        assert RedisPinTickets(client, bytes(32), clock).take(ONE, SERIAL) is None

    def test_without_redis_nobody_believes_that_a_pin_is_fresh(self, clock: FrozenClock) -> None:
        tickets = RedisPinTickets(connect("unix:///nowhere/redis.sock"), MASTER, clock)
        with pytest.raises(OutsideUnavailable):
            tickets.was_refused(SERIAL, Pin("1234"))
        with pytest.raises(OutsideUnavailable):
            tickets.take(ONE, SERIAL)
