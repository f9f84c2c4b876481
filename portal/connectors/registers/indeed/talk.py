"""The methods of Indeed Access Manager: where each is stands in the settings, a session is opened when needed."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.connectors.http import Reply, Server
from portal.connectors.registers.answering import Stopped, read_object, refused, text_in, unavailable
from portal.domain.connectors.indeed import UPDATE, IndeedSettings
from portal.ports.device_register import RegisterOrder

#: No answer of a method is longer.
LIMIT: Final = 1 << 18
#: The device is somebody's already.
TAKEN: Final = "device_taken"
_OK: Final = 200
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_REFUSALS: Final = frozenset({400, 409, 422})


@dataclass(frozen=True, slots=True)
class Authenticator:
    """A device as it is known there; ``certificates`` are thumbprints."""

    id: str
    user_id: str
    active: bool
    certificates: frozenset[str]


@dataclass(slots=True)
class Talk:
    """One account's conversation with the server."""

    server: Server
    settings: IndeedSettings
    _token: str = field(default="", init=False, repr=False)

    def open_session(self) -> None:
        """Sign in; raises Stopped and NoAnswer."""
        said = {"userName": self.settings.account, "password": self.settings.password}
        reply = self._post("open_session", said, {})
        self._token = text_in(read_object(_let_in(reply)), "token")

    def user_of(self, order: RegisterOrder) -> str:
        """The id of a person there: made of what the directory says, else asked for by login."""
        if order.directory_id:
            return f"{self.settings.user_prefix}_{order.directory_id.strip('{}').lower()}"
        reply = self._call("find_user", {"name": order.login})
        if reply.status == _NOT_FOUND:
            raise refused("unknown_person", order.login)
        return text_in(read_object(_let_in(reply)), "userId")

    def look(self, serial: str) -> Authenticator | None:
        """The device as it is known there."""
        said = read_object(_let_in(self._call("look", self._device(serial)))).get("authenticators")
        if not isinstance(said, list) or len(said) > 1:
            raise unavailable("look: not one device or none")
        return self._read(said[0], serial) if said else None

    def register(self, order: RegisterOrder, user_id: str, prints: Collection[str]) -> str:
        """Make the device with these certificates the person's way to sign in; the id it has there."""
        reply = self._call("register", self._described(order, user_id, prints))
        if reply.status == _NOT_FOUND:
            raise refused("unknown_person", order.login)
        return text_in(read_object(_let_in(reply)), "authenticatorId")

    def update(self, order: RegisterOrder, known: Authenticator) -> None:
        """Tell what is on it now, for a server that has a method for that."""
        prints = [one.thumbprint for one in order.certificates]
        told = self._described(order, known.user_id, prints) | {"authenticatorId": known.id}
        _let_in(self._call(UPDATE, told))

    def change(self, method: str, serial: str, known: Authenticator) -> None:
        """``disable``, ``enable`` or ``delete`` it."""
        told = self._device(serial) | {"authenticatorId": known.id, "userId": known.user_id}
        reply = self._call(method, told)
        if reply.status != _NOT_FOUND:  # somebody was quicker: whoever asked looks again
            _let_in(reply)

    def _read(self, said: Any, serial: str) -> Authenticator:
        if not isinstance(said, dict) or text_in(said, "deviceSerial") != serial:
            raise unavailable("the answer is about another device")
        if text_in(said, "modeId").lower() != self.settings.mode_id:
            raise unavailable("the answer is about another method")
        active, prints = said.get("isActive"), said.get("certificates")
        if not isinstance(active, bool) or not isinstance(prints, list):
            raise unavailable("look: not of the form that is expected")
        return Authenticator(text_in(said, "id"), text_in(said, "userId"), active, frozenset(map(str, prints)))

    def _described(self, order: RegisterOrder, user_id: str, prints: Collection[str]) -> dict[str, Any]:
        told = {"userId": user_id, "deviceModel": order.model, "comment": order.owner_name}
        return self._device(order.serial) | told | {"certificates": sorted(prints)}

    def _device(self, serial: str) -> dict[str, Any]:
        return {"modeId": self.settings.mode_id, "deviceSerial": serial}

    def _call(self, method: str, said: Mapping[str, Any]) -> Reply:
        """In a session; one that has ended is opened again, once."""
        if not self._token:
            self.open_session()
        reply = self._post(method, said, {self.settings.token_header: self._token})
        if reply.status == _UNAUTHORIZED:
            self.open_session()
            reply = self._post(method, said, {self.settings.token_header: self._token})
        return reply

    def _post(self, method: str, said: Mapping[str, Any], headers: Mapping[str, str]) -> Reply:
        body = json.dumps(said, ensure_ascii=False).encode()
        told = {"Content-Type": "application/json", "Accept": "application/json", **headers}
        return self.server.ask("POST", f"/{self.settings.methods[method]}", body, told, limit=LIMIT)


def _let_in(reply: Reply) -> Reply:
    if reply.status == _OK:
        return reply
    code = _code(reply)
    if reply.status in _REFUSALS and code:
        raise refused(_CODES.get(code, "said_no"), code)
    raise unavailable(f"HTTP {reply.status}: {code}" if code else f"HTTP {reply.status}")


def _code(reply: Reply) -> str:
    try:
        return text_in(read_object(reply), "code")
    except Stopped:
        return ""


#: What is said there, and what we call it.
_CODES: Final = {"UserNotFound": "unknown_person", "DeviceInUse": TAKEN, "LicenseLimit": "limit_reached"}
