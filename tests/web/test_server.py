"""The web server's processes share connections out, and stay with one that goes on asking."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import TConn

from portal.web import server
from portal.web.server import Board, EvenWorker

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
PATIENCE = 60


def answer_on(client: socket.socket) -> bytes:
    """The whole answer: head and body may come apart."""
    got = b""
    while not got.endswith(b"ok"):
        piece = client.recv(4096)
        assert piece, got
        got += piece
    return got


def say(_environ: object, start: Callable[..., object]) -> Iterable[bytes]:
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    own = Board()
    monkeypatch.setattr(server, "_BOARD", own)
    return own


@pytest.fixture
def worker(board: Board) -> Iterator[Any]:
    """A process of the server, as far as it goes without being one."""
    config = Config()
    config.set("threads", 2)
    made = EvenWorker(1, 0, [], None, 30, config, Logger(config))
    made.wsgi = say
    made.tpool = made.get_thread_pool()
    made.method_queue.init()
    yield made
    made.tpool.shutdown(wait=True)
    made.method_queue.close()
    made.tmp.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


def test_the_board_tells_the_least_of_the_others() -> None:
    board = Board()
    assert board.fewest(1) is None
    board.tell(1, 9)
    board.tell(2, 4)
    board.tell(3, 7)
    assert board.fewest(1) == 4
    assert board.fewest(2) == 7


def test_who_takes_no_connections_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    board.tell(2, 0)
    board.leave(2)
    assert board.fewest(1) is None
    board.tell(3, 0)
    monkeypatch.setattr(server, "_FRESH_NS", -1)
    assert board.fewest(1) is None, "what was said too long ago is of a process that is gone"


def test_a_connection_is_left_to_who_has_fewer(worker: Any, board: Board, listener: socket.socket) -> None:
    worker.nr_conns = 1
    board.tell(2, 0)
    worker.accept(listener)  # the other one took it while we let it go first
    assert worker.nr_conns == 1


def test_a_connection_nobody_takes_does_not_wait_long(worker: Any, board: Board, listener: socket.socket) -> None:
    worker.nr_conns = 1
    board.tell(2, 0)
    with socket.create_connection(listener.getsockname(), timeout=PATIENCE) as client:
        worker.accept(listener)
        assert worker.nr_conns == 2
        assert board.fewest(2) == 2
        client.sendall(REQUEST)
        assert answer_on(client).startswith(b"HTTP/1.1 200")


def test_what_follows_closely_is_answered_by_the_same_thread(worker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LINGER", PATIENCE * 1000)
    ours, theirs = socket.socketpair()
    theirs.settimeout(PATIENCE)
    said: list[object] = []
    conn = TConn(worker.cfg, ours, "", "")
    thread = threading.Thread(target=lambda: said.append(worker.handle(conn)))
    thread.start()
    for _ in range(3):
        theirs.sendall(REQUEST)
        assert answer_on(theirs).startswith(b"HTTP/1.1 200")
    theirs.close()
    thread.join(PATIENCE)
    ours.close()
    assert said == [False]


def test_a_silent_connection_goes_back_to_be_watched(worker: Any) -> None:
    ours, theirs = socket.socketpair()
    theirs.settimeout(PATIENCE)
    theirs.sendall(REQUEST)
    assert worker.handle(TConn(worker.cfg, ours, "", "")) is True
    assert answer_on(theirs).startswith(b"HTTP/1.1 200")
    ours.close()
    theirs.close()
