"""The calls of the contract, each bounded, signed and read."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from portal.connectors.http import Reply, Server
from portal.connectors.registers.answering import Stopped, read_object, refused, text_in, unavailable
from portal.connectors.registers.contract.documents import Known, encoded, read_device
from portal.connectors.registers.contract.signing import signed_headers
from portal.ports.clock import Clock

#: No answer of the contract is longer.
LIMIT: Final = 1 << 18
OK, CREATED, ACCEPTED, NO_CONTENT, NOT_FOUND, CHANGED = 200, 201, 202, 204, 404, 412
_LET_IN: Final = (401, 403)
_LATER: Final = (408, 425, 429)
_SERVER: Final = 500


class ChangedMeanwhile(Exception):  # noqa: N818 - it says what happened
    """Somebody else was quicker: look again."""


@dataclass(frozen=True, slots=True)
class Talk:
    """``client`` and ``secret`` sign calls; without them the certificate of the line says who calls."""

    server: Server
    clock: Clock
    client: str = ""
    secret: str = field(default="", repr=False)

    def device(self, serial: str) -> Known | None:
        """What is known of a device; raises Stopped and NoAnswer."""
        reply = self._ask("GET", _path(serial))
        if reply.status == NOT_FOUND:
            _problem(reply, "unknown_device")
            return None
        return read_device(_expected(reply, OK), serial)

    def put(self, serial: str, document: Mapping[str, Any], key: str, version: str) -> Known | str:
        """Bring a device to this state; answers it, or the number of the operation that is doing so."""
        condition = {"If-Match": f'"{version}"'} if version else {"If-None-Match": "*"}
        reply = self._change("PUT", serial, encoded(document), {"Idempotency-Key": key, **condition})
        return _operation(reply) if reply.status == ACCEPTED else read_device(_expected(reply, OK, CREATED), serial)

    def delete(self, serial: str, key: str, version: str) -> str:
        """Make a device unknown; answers the number of the operation that is doing so, or nothing when it is done."""
        reply = self._change("DELETE", serial, b"", {"Idempotency-Key": key, "If-Match": f'"{version}"'})
        if reply.status == ACCEPTED:
            return _operation(reply)
        _expected(reply, NO_CONTENT)
        return ""

    def operation(self, number: str) -> Mapping[str, Any]:
        """How an operation stands."""
        said = read_object(_expected(self._ask("GET", f"/v1/operations/{quote(number, safe='')}"), OK))
        if text_in(said, "id") != number:
            raise unavailable("the answer is about another operation")
        return said

    def told(self, about: str) -> Mapping[str, Any]:
        """``health`` or ``capabilities``."""
        return read_object(_expected(self._ask("GET", f"/v1/{about}"), OK))

    def _change(self, method: str, serial: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        reply = self._ask(method, _path(serial), body, headers)
        if reply.status == CHANGED:
            raise ChangedMeanwhile
        return reply

    def _ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        said = {"Accept": "application/json, application/problem+json", **(headers or {})}
        if body:
            said["Content-Type"] = "application/json"
        if self.client:
            whole = urlsplit(self.server.address).path.rstrip("/") + path
            call, nonce = (method, whole, body), secrets.token_urlsafe(18)
            said |= signed_headers(self.client, self.secret, call=call, now=self.clock.now(), nonce=nonce)
        return self.server.ask(method, path, body or None, said, limit=LIMIT)


def _path(serial: str) -> str:
    return f"/v1/devices/{quote(serial, safe='')}"


def _operation(reply: Reply) -> str:
    return text_in(read_object(reply), "operation")


def _expected(reply: Reply, *statuses: int) -> Reply:
    if reply.status in statuses:
        return reply
    if reply.status in _LET_IN:
        raise unavailable(f"HTTP {reply.status}: {_code(reply)}")
    if reply.status >= _SERVER or reply.status in _LATER or reply.media_type != "application/problem+json":
        raise unavailable(f"HTTP {reply.status}")
    raise _problem(reply)


def _problem(reply: Reply, only: str = "") -> Stopped:
    """The refusal; raises Stopped when it is not the only one that is expected here."""
    code = _code(reply)
    if only and code != only:
        raise unavailable(f"HTTP {reply.status}: {code or 'no problem document'}")
    return refused(code if code in REFUSALS else "said_no", code)


def _code(reply: Reply) -> str:
    try:
        return text_in(read_object(reply), "code")
    except Stopped:
        return ""


#: Refusals that have words of their own.
REFUSALS: Final = frozenset(
    {"unknown_person", "invalid_document", "profile_unsupported", "device_taken", "limit_reached"}
)
