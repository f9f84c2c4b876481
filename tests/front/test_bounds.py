"""Who proved nothing has little of the front, and not for long."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from portal.front.gate import Bounds
from tests.support.fronts import Fronted, another_front
from tests.support.waiting import PATIENCE, eventually

HEAD = b"POST /agent/v1/enrolments HTTP/1.1\r\nHost: localhost\r\n"


def reached(made: Fronted) -> socket.socket:
    """A connection that says nothing yet."""
    return socket.create_connection(("127.0.0.1", made.tls), timeout=PATIENCE)


@contextmanager
def spoken_to(made: Fronted) -> Iterator[ssl.SSLSocket]:
    """A connection whose handshake is over."""
    context = ssl.create_default_context(cadata=made.portal.agent_authority.trust().authority)
    with reached(made) as plain, context.wrap_socket(plain, server_hostname="localhost") as spoken:
        yield spoken


def told(line: socket.socket, message: bytes = b"") -> bytes:
    """What is said until the connection ends; it ends by the front's will."""
    heard = b""
    try:
        line.sendall(message)
        while part := line.recv(4096):
            heard += part
    except (ConnectionError, ssl.SSLEOFError):
        pass
    return heard


def test_who_never_shakes_hands_is_let_go(running: Fronted) -> None:
    with another_front(running, Bounds(handshake=0.05)) as made, reached(made) as silent:
        assert told(silent) == b""


@pytest.mark.parametrize("said", [b"", HEAD, HEAD + b"X-Slow: "], ids=["nothing", "half a head", "half a line"])
def test_whose_head_never_ends_is_let_go(running: Fronted, said: bytes) -> None:
    with another_front(running, Bounds(idle=0.05)) as made, spoken_to(made) as slow:
        assert told(slow, said) == b""


def test_whose_message_never_ends_is_told_so_and_let_go(running: Fronted) -> None:
    with another_front(running, Bounds(body=0.05)) as made, spoken_to(made) as slow:
        answer = told(slow, HEAD + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"too_slow"' in answer


def test_who_is_one_too_many_is_turned_away_and_comes_again(running: Fronted) -> None:
    with another_front(running, Bounds(most=2, idle=600)) as made:
        with ExitStack() as stack:
            for _ in range(2):
                line = stack.enter_context(spoken_to(made))
                line.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert line.recv(15) == b"HTTP/1.1 200 OK"
            assert not _answered(made)
        eventually(lambda: _answered(made), "there is room again")


def _answered(made: Fronted) -> bool:
    try:
        with spoken_to(made) as line:
            return told(line, b"GET /health HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n").endswith(b"ok\n")
    except OSError:
        return False
