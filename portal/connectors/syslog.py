"""The audit log as syslog (RFC 5424) over UDP (RFC 5426), TCP with octet counting (RFC 6587) or TLS (RFC 5425)."""

import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import Final, Self
from urllib.parse import urlsplit

from portal.domain.errors import OutsideUnavailable
from portal.ports.audit_sink import AuditLine

PATIENCE: Final = 5.0
#: Facility 13 is the audit log (RFC 5424, 6.2.1); severities: 4 warning, 5 notice.
_FACILITY: Final = 13
_WARNING, _NOTICE = 4, 5
_ALARMING: Final = ("failed", "denied", "stuck", "refused", "broken")
#: The number for documentation of RFC 5612 stands in for an enterprise number of our own.
_ELEMENT: Final = "klyuchnik@32473"
_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
_LIMIT: Final = 480  # of one parameter, so that a line stays well under the 2 kB every receiver takes


@dataclass(frozen=True, slots=True)
class Syslog:
    """Implements portal.ports.audit_sink.AuditSink."""

    kind: str
    host: str
    port: int
    name: str

    @classmethod
    def at(cls, url: str, name: str) -> Self:
        """The sink at ``udp://``, ``tcp://`` or ``tls://`` host[:port]; ``name`` is this machine's."""
        parts = urlsplit(url)
        return cls(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], name)

    def send(self, lines: Sequence[AuditLine]) -> None:
        """Hand the lines over in one connection; raises OutsideUnavailable."""
        try:
            with self._connected() as wire:
                for line in lines:
                    message = rfc5424(line, self.name)
                    wire.sendall(message if self.kind == "udp" else b"%d %s" % (len(message), message))
        except OSError as error:
            raise OutsideUnavailable("syslog_unavailable", host=self.host, why=str(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        if self.kind == "udp":
            family, kind, number, _name, address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0]
            with socket.socket(family, kind, number) as wire:
                wire.settimeout(PATIENCE)
                wire.connect(address)
                yield wire
            return
        with socket.create_connection((self.host, self.port), PATIENCE) as plain:
            if self.kind == "tcp":
                yield plain
                _finish(plain)
                return
            with ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) as wire:
                yield wire
                _finish(wire)


def rfc5424(line: AuditLine, host: str) -> bytes:
    """One line as a message: structured data holds every field, the text repeats them for people."""
    at = line.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    severity = _WARNING if line.tag.endswith(_ALARMING) else _NOTICE
    identity = f"<{_FACILITY * 8 + severity}>1 {at} {_printable(host, 255)} klyuchnik - {_message_id(line.tag)}"
    fields = {
        "line": line.id,
        "tag": line.tag,
        "actor": line.actor,
        "subject": line.subject,
        "correlation": line.correlation,
        "particulars": json.dumps(line.particulars, ensure_ascii=False, separators=(",", ":")),
        "hash": line.hash,
    }
    data = " ".join(f'{name}="{_escaped(str(value))}"' for name, value in fields.items())
    return f"{identity} [{_ELEMENT} {data}] \ufeff{_one_line(f'{line.tag} {line.subject} {line.actor}')}".encode()


def _finish(wire: socket.socket) -> None:
    """Wait until the other side has read everything: what it did not read is sent again."""
    if isinstance(wire, ssl.SSLSocket):
        wire.unwrap()
    else:
        wire.shutdown(socket.SHUT_WR)
        wire.settimeout(PATIENCE)
        wire.recv(1)


def _message_id(tag: str) -> str:
    return _printable(tag.rpartition(":")[2] or "-", 32)


def _printable(text: str, limit: int) -> str:
    return "".join(letter for letter in text if "!" <= letter <= "~")[:limit] or "-"


def _escaped(text: str) -> str:
    cut = text if len(text) <= _LIMIT else f"{text[:_LIMIT]}…"
    return _one_line(cut).replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
