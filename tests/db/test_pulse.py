"""Whether a connection lives is asked now and then, and whenever there is something to be read from it."""

import socket
from collections.abc import Iterator

import pytest

from portal.db import engine
from portal.db.engine import Pulse


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def asked() -> list[socket.socket]:
    return []


@pytest.fixture
def pulse(asked: list[socket.socket]) -> Pulse:
    def ask(driver: socket.socket) -> bool:
        asked.append(driver)
        return True

    return Pulse(ask)


def test_who_answered_a_moment_ago_is_not_asked_again(
    ends: tuple[socket.socket, socket.socket],
    pulse: Pulse,
    asked: list[socket.socket],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_TRUSTED", 3600.0)
    assert all(pulse(ends[0]) for _ in range(3))
    assert asked == [ends[0]]
    monkeypatch.setattr(engine, "_TRUSTED", 0.0)
    assert pulse(ends[0])
    assert asked == [ends[0]] * 2


@pytest.mark.parametrize("goes", [False, True])
def test_who_said_something_or_went_is_asked(
    ends: tuple[socket.socket, socket.socket],
    pulse: Pulse,
    asked: list[socket.socket],
    monkeypatch: pytest.MonkeyPatch,
    *,
    goes: bool,
) -> None:
    monkeypatch.setattr(engine, "_TRUSTED", 3600.0)
    assert pulse(ends[0])
    if goes:
        ends[1].close()
    else:
        ends[1].send(b"going")
    assert pulse(ends[0])
    assert asked == [ends[0]] * 2
