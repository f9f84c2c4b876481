"""The audit log on the wire, read by servers of the test."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from portal.connectors.syslog import Syslog, rfc5424
from portal.domain.errors import OutsideUnavailable
from portal.ports.audit_sink import AuditLine

#: RFC 5424, 6: header, one structured element, text that begins with the mark of UTF-8.
MESSAGE = re.compile(
    r"<(?P<priority>\d+)>1 (?P<at>\S+) (?P<host>\S+) klyuchnik - (?P<kind>\S+) "
    r'\[klyuchnik@32473(?P<data>(?: \w+="(?:[^"\\\]]|\\["\\\]])*")+)\] \ufeff(?P<text>[^\n]*)'
)


def a_line(number: int = 7, tag: str = "web:access:denied", **particulars: str | int) -> AuditLine:
    at = datetime(2026, 11, 22, 12, 0, 0, 123456, UTC)
    return AuditLine(number, at, tag, "оператор", "update:5", particulars, "update:5", "ab" * 32)


def test_a_line_as_a_message() -> None:
    found = MESSAGE.fullmatch(rfc5424(a_line(comment='сказал "]\\\n<b>'), "хост keys").decode())
    assert found
    assert (found["priority"], found["at"], found["host"]) == ("108", "2026-11-22T12:00:00.123456Z", "keys")
    assert '\\"comment\\"' in found["data"]
    assert "\\]" in found["data"]
    assert 'actor="оператор"' in found["data"]
    assert found["text"] == "web:access:denied update:5 оператор"


def test_what_went_well_is_a_notice_and_long_values_are_cut() -> None:
    message = rfc5424(a_line(tag="worker:update:completed", comment="ы" * 5000), "keys")
    assert message.startswith(b"<109>1 ")
    assert len(message) < 2048
    assert MESSAGE.fullmatch(message.decode())


def frames(stream: bytes) -> list[bytes]:
    """Octet counting: a length, a space, that many bytes (RFC 6587, 3.4.1)."""
    found = []
    while stream:
        length, _space, rest = stream.partition(b" ")
        found.append(rest[: int(length)])
        stream = rest[int(length) :]
    return found


@contextmanager
def tcp_server(received: list[bytes]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(120)

        def read() -> None:
            wire, _address = server.accept()
            with wire, wire.makefile("rb") as stream:
                received.append(stream.read())

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(120)


def test_lines_go_over_tcp_in_their_order() -> None:
    received: list[bytes] = []
    with tcp_server(received) as port:
        Syslog.at(f"tcp://127.0.0.1:{port}", "keys").send([a_line(number) for number in (1, 2, 3)])
    lines = [re.search(r'line="(\d+)"', frame.decode()) for frame in frames(b"".join(received))]
    assert [line and line[1] for line in lines] == ["1", "2", "3"]


def test_lines_go_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(120)
        Syslog.at(f"udp://127.0.0.1:{server.getsockname()[1]}", "keys").send([a_line()])
        assert MESSAGE.fullmatch(server.recv(4096).decode())


def test_a_receiver_that_is_away_is_told() -> None:
    with socket.socket() as deaf:  # it holds its port and does not listen
        deaf.bind(("127.0.0.1", 0))
        with pytest.raises(OutsideUnavailable, match="syslog_unavailable"):
            Syslog.at(f"tcp://127.0.0.1:{deaf.getsockname()[1]}", "keys").send([a_line()])
