"""Posting: what is bounded, what is kept, what is told when nothing comes back."""

import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from portal.connectors.smev.http import Endpoint
from portal.domain.errors import OutsideUnavailable
from tests.support.smev_scripted import Line, Script, scripted


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    with scripted() as script:
        yield script


def test_what_is_posted(server: Script) -> None:
    server.says(b"<ok/>")
    reply = Endpoint(server.url + "?a=b").post("<вопрос/>".encode(), "urn:Ask")
    assert (reply.status, reply.body, reply.content_type) == (200, b"<ok/>", "text/xml; charset=utf-8")
    (heard,) = server.heard
    assert (heard.action, heard.path, heard.body) == ("urn:Ask", "/smev/ws?a=b", "<вопрос/>".encode())


def test_the_connection_is_kept(server: Script) -> None:
    server.says(b"<ok/>")
    before = server.connections
    endpoint = Endpoint(server.url)
    for _ in range(5):
        endpoint.post(b"<q/>", "urn:Ask")
    assert server.connections == before + 1


def test_a_kept_connection_that_was_closed_meanwhile_is_made_anew(server: Script) -> None:
    server.says(Line(b"<one/>", hang_up=True), b"<two/>")
    endpoint = Endpoint(server.url)
    assert endpoint.post(b"<q/>", "urn:Ask").body == b"<one/>"
    connection = endpoint._connection
    assert connection is not None
    select.select([connection.sock], [], [], 120)
    assert endpoint.post(b"<q/>", "urn:Ask").body == b"<two/>"


@pytest.mark.parametrize("cut", [0, 2])
def test_nothing_is_posted_twice(server: Script, cut: int) -> None:
    server.says(b"<one/>", Line(b"<two/>", cut=cut))
    endpoint = Endpoint(server.url)
    endpoint.post(b"<q/>", "urn:Ask")
    with pytest.raises(OutsideUnavailable):
        endpoint.post(b"<q/>", "urn:Ask")
    assert len(server.heard) == 2


def test_a_forked_process_speaks_on_a_connection_of_its_own(server: Script) -> None:
    server.says(b"<ok/>")
    endpoint = Endpoint(server.url)
    endpoint.post(b"<q/>", "urn:Ask")
    before = server.connections
    child = os.fork()
    if not child:
        os._exit(0 if endpoint.post(b"<q/>", "urn:Ask").body == b"<ok/>" else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert endpoint.post(b"<q/>", "urn:Ask").body == b"<ok/>"
    assert server.connections == before + 1


def test_a_server_that_closes_each_connection(server: Script) -> None:
    server.says(Line(b"<ok/>", headers=(("Connection", "close"),)))
    endpoint = Endpoint(server.url)
    for _ in range(3):
        assert endpoint.post(b"<q/>", "urn:Ask").body == b"<ok/>"


@pytest.mark.parametrize("status", [200, 202, 204, 500])
def test_what_counts_as_an_answer(server: Script, status: int) -> None:
    body = b"" if status == 204 else b"<x/>"
    assert Endpoint(server.says(Line(body, status)).url).post(b"<q/>", "urn:Ask").body == body


@pytest.mark.parametrize(
    ("status", "rule"),
    [
        (301, "resend_same"),
        (400, "configuration"),
        (403, "configuration"),
        (404, "configuration"),
        (503, "resend_same"),
    ],
)
def test_what_does_not(server: Script, status: int, rule: str) -> None:
    server.says(Line(b"<x/>", status, headers=(("Location", "http://127.0.0.1:9/"),)))
    with pytest.raises(OutsideUnavailable) as error:
        Endpoint(server.url).post(b"<q/>", "urn:Ask")
    assert error.value.data == {"why": f"HTTP {status}", "rule": rule}
    assert len(server.heard) == 1


@pytest.mark.parametrize("line", [Line(b"x" * 2000), Line(b"x" * 100, cut=50), Line(b"x" * 100, cut=0)])
def test_too_long_and_cut_off(server: Script, line: Line) -> None:
    server.says(line)
    with pytest.raises(OutsideUnavailable):
        Endpoint(server.url, limit=1000).post(b"<q/>", "urn:Ask")


def test_an_answer_that_never_comes(server: Script) -> None:
    server.says(b"<warm/>", Line(b"<late/>", delay=30))
    endpoint = Endpoint(server.url)
    endpoint.post(b"<q/>", "urn:Ask")
    endpoint.answer_timeout = 0.3
    with pytest.raises(OutsideUnavailable):
        endpoint.post(b"<q/>", "urn:Ask")
    # it was asked once: a question that may have been heard is not repeated at once
    assert len(server.heard) == 2


def drip(listening: socket.socket) -> None:
    """One letter after the other until nobody listens any more."""
    speaking, _ = listening.accept()
    speaking.recv(10_000)
    speaking.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        time.sleep(0.01)
        speaking.sendall(b"x")


def test_an_answer_that_drips(server: Script) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()[:2]
        child = os.fork()
        if not child:
            with suppress(OSError):
                drip(listening)
            os._exit(0)
        endpoint = Endpoint(f"http://{host}:{port}/", answer_timeout=0.3, limit=10**9)
        with pytest.raises(OutsideUnavailable):
            endpoint.post(b"<q/>", "urn:Ask")
        assert os.waitpid(child, 0)[1] == 0


def test_whether_anybody_listens(server: Script) -> None:
    assert Endpoint(server.url).reachable() == ""
    with socket.socket() as closed:  # held, so that nobody else takes the port meanwhile; it does not listen
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert "refused" in Endpoint(f"http://127.0.0.1:{port}/").reachable()
        with pytest.raises(OutsideUnavailable):
            Endpoint(f"http://127.0.0.1:{port}/").post(b"<q/>", "urn:Ask")
    # TLS where none is spoken
    assert Endpoint(server.url.replace("http:", "https:"), connect_timeout=2).reachable()
