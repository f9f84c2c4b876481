"""A marked PIN goes through every path of its tickets and is found nowhere in Redis, on disk or in the wire log."""

import base64
import threading
from pathlib import Path

import redis

from portal.connectors.clock import SystemClock
from portal.connectors.redis_client import connect
from portal.connectors.tickets_redis import RedisPinTickets
from portal.domain.ids import UpdateId
from portal.ports.token import Pin
from tests.support.servers import Valkey, valkey
from tests.support.waiting import eventually

CANARY = "7391canary2846"
MASTER = bytes(range(32))


def forms(secret: str) -> list[bytes]:
    """How it might be found: plain, in hex, in base64 at any place."""
    plain = secret.encode()
    turned = [base64.b64encode(bytes(shift) + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), *turned]


def everything_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def every_path(tickets: RedisPinTickets) -> None:
    one, other = UpdateId(1), UpdateId(2)
    tickets.keep(one, "serial", Pin(CANARY))
    found = tickets.take(one, "serial")
    assert found is not None
    assert found.reveal() == CANARY
    assert tickets.take(one, "another") is None
    assert not tickets.was_refused("serial", Pin(CANARY))
    tickets.remember_refused("serial", Pin(CANARY))
    assert tickets.was_refused("serial", Pin(CANARY))
    tickets.destroy(one)
    tickets.keep(other, "serial", Pin(CANARY))  # lives on when the files are searched


def overheard(server: Valkey, stop: threading.Event, heard: list[bytes]) -> None:
    with server.client() as client, client.monitor() as monitor:
        for said in monitor.listen():
            heard.append(str(said["command"]).encode())
            if stop.is_set():
                return


def test_the_pin_is_nowhere(tmp_path: Path) -> None:
    with valkey(tmp_path, append_only=True) as server:
        stop, heard = threading.Event(), list[bytes]()
        listener = threading.Thread(target=overheard, args=(server, stop, heard), daemon=True)
        listener.start()
        client = connect(server.url)
        eventually(lambda: client.ping() and heard, "somebody listens")
        every_path(RedisPinTickets(client, MASTER, SystemClock()))
        rewrite(client)
        stop.set()
        client.ping()
        listener.join(120)
    disk = everything_on_disk(tmp_path)
    assert b"klyuchnik:pin:ticket:2" in disk  # the ticket itself did reach the disk
    assert any(b"klyuchnik:pin:ticket:2" in line for line in heard)
    for form in forms(CANARY):
        assert form not in disk
        assert form not in b"\n".join(heard)


def rewrite(client: "redis.Redis") -> None:
    """Have the append-only file written anew and a dump beside it."""
    client.bgrewriteaof()
    eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"], "the file is written anew")
    client.save()


def test_a_pin_says_nothing_of_itself() -> None:
    pin = Pin(CANARY)
    assert CANARY not in f"{pin} {pin!r} {vars(Pin)}"
