"""Those who call workstations and those who wait, at a real server, and when it is away."""

import asyncio
from pathlib import Path

import pytest

from portal.connectors import agent_waits_redis
from portal.connectors.agent_bell_redis import RedisAgentBell
from portal.connectors.agent_waits_redis import AgentWaits
from portal.connectors.redis_client import connect
from tests.support.loops import run
from tests.support.servers import Valkey
from tests.support.waiting import PATIENCE


def bell_of(server: Valkey) -> RedisAgentBell:
    return RedisAgentBell(connect(server.url))


async def waited(url: str, uid: str, serial: str, *, patience: float) -> bool:
    waits = AgentWaits(url)
    listening = asyncio.create_task(waits.listen())
    try:
        return await waits.wait(uid, serial, patience=patience)
    finally:
        listening.cancel()
        await waits.close()


def test_a_call_is_heard_once(queue_server: Valkey) -> None:
    bell = bell_of(queue_server)
    bell.polled("a", "01")
    bell.wake("a", "b")
    assert run(waited(queue_server.url, "a", "01", patience=PATIENCE))
    bell.polled("a", "01")
    assert set(bell.contacts(["a", "b"])) == {"a"}
    with queue_server.client() as client:
        assert client.keys("klyuchnik:agents:call:*") == [b"klyuchnik:agents:call:b"]
        assert all(client.ttl(key) > 0 for key in client.keys("klyuchnik:agents:[cp]a*:*"))


@pytest.mark.parametrize("serial", ["01", "02"])
def test_only_who_polled_with_this_certificate_waits(
    queue_server: Valkey, monkeypatch: pytest.MonkeyPatch, serial: str
) -> None:
    monkeypatch.setattr(agent_waits_redis, "BREATH", 0.01)
    bell = bell_of(queue_server)
    if serial == "02":
        bell.polled("a", "01")
    assert run(waited(queue_server.url, "a", serial, patience=PATIENCE))
    bell.polled("a", serial)
    bell.shut("a")
    assert run(waited(queue_server.url, "a", serial, patience=PATIENCE))


def test_without_redis_nobody_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_waits_redis, "UNHEARD", 0.01)
    nowhere = f"unix://{tmp_path / 'none.sock'}"
    bell = RedisAgentBell(connect(nowhere))
    bell.wake("a")
    bell.wake()
    bell.polled("a", "01")
    bell.shut("a")
    assert (bell.contacts(["a"]), bell.contacts([])) == ({}, {})
    assert run(waited(nowhere, "a", "01", patience=PATIENCE)) is False


def test_who_polls_and_who_waits_was_heard(queue_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_waits_redis, "BREATH", 0.01)
    bell = bell_of(queue_server)
    bell.polled("a", "01")
    bell.polled("b", "02")
    bell.wake("c")
    assert set(bell.all_contacts()) == {"a", "b"} == set(bell.contacts(["a", "b", "c"]))
    bell.shut("a")
    assert set(bell.all_contacts()) == {"b"}
    assert run(waited(queue_server.url, "a", "01", patience=PATIENCE)), "it is out: sent to poll"
    assert set(bell.all_contacts()) == {"a", "b"}


def test_when_calls_are_heard_again_everybody_looks(queue_server: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_waits_redis, "UNHEARD", PATIENCE)
    bell, waits = bell_of(queue_server), AgentWaits(queue_server.url)
    bell.polled("a", "01")
    bell.polled("b", "02")

    async def all_look() -> list[bool]:
        there = [asyncio.create_task(waits.wait(*who, patience=PATIENCE)) for who in (("a", "01"), ("b", "02"))]
        await asyncio.sleep(0)  # both have begun to wait, nobody listens yet
        listening = asyncio.create_task(waits.listen())
        looked = await asyncio.gather(*there)
        listening.cancel()
        await waits.close()
        return looked

    assert run(all_look()) == [True, True]
