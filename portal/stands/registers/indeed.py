"""The face of Indeed Access Manager: the methods a device is managed with, under /am/core.

What its methods are called and take is not published but for the first three; the stand has names of its own, which
the connector is told. What is known is kept strictly: POST, a session's token in a header, the id of a person made of
a prefix and the objectGUID, and that a method of signing in is a GUID.
"""

import re
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portal.stands.registers.access import Access
from portal.stands.registers.saying import Answer, Question, Said, read_json, said
from portal.stands.registers.shelf import Kept, Shelf

PREFIX: Final = "/am/core/"
TOKEN_HEADER: Final = "x-session-token"
FACE: Final = "indeed"
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHORT: Final = 300


@dataclass(slots=True)
class IndeedFace:
    """``strangers`` are logins nobody has."""

    shelf: Shelf
    access: Access
    strangers: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def answer(self, question: Question, _trick: str = "") -> Answer:
        """One request, one answer."""
        try:
            with self._lock:
                return self._method(question)
        except Said as way_out:
            return way_out.answer

    def _method(self, question: Question) -> Answer:
        method = question.path.removeprefix(PREFIX)
        known = _METHODS.get(method)
        if known is None:
            raise _error(404, "MethodNotFound", method)
        if question.method != "POST":
            raise _error(405, "PostExpected")
        told = _body(question)
        if method != OPEN_SESSION and question.headers.get(TOKEN_HEADER, "") not in self.sessions:
            raise _error(401, "SessionNotFound")
        names, work = known
        if set(told) != names:
            raise _error(400, "BadRequest", ", ".join(sorted(set(told) ^ names)))
        if "modeId" in told and told["modeId"] != self.access.mode_id:
            raise _error(400, "ModeNotFound", str(told["modeId"])[:_SHORT])
        return work(self, told)

    def open_session(self, told: Mapping[str, Any]) -> Answer:
        """Sign in."""
        if (told["userName"], told["password"]) != (self.access.account, self.access.password):
            raise _error(401, "WrongPassword")
        token = secrets.token_urlsafe(24)
        self.sessions.add(token)
        return said(200, {"token": token})

    def find_user(self, told: Mapping[str, Any]) -> Answer:
        """The id of a person by login."""
        login = _text(told, "name")
        if login in self.strangers:
            raise _error(404, "UserNotFound", login)
        return said(200, {"userId": self.access.user_of(login)})

    def look(self, told: Mapping[str, Any]) -> Answer:
        """The device with this number, if any."""
        serial = _text(told, "deviceSerial")
        kept = self.shelf.get(FACE, serial)
        return _about(said(200, {"authenticators": [_shown(kept)] if kept else []}), serial, "looked")

    def register(self, told: Mapping[str, Any]) -> Answer:
        """Make it a person's way to sign in; a device that is somebody's already has to be taken away first."""
        serial, body = _text(told, "deviceSerial"), self._described(told)
        if self.shelf.get(FACE, serial) is not None:
            raise _error(409, "DeviceInUse", serial)
        kept = self.shelf.put(FACE, serial, {**body, "isActive": True})
        return _about(said(200, {"authenticatorId": kept.id}), serial, "added")

    def update(self, told: Mapping[str, Any]) -> Answer:
        """Change what is known of it; on or off it stays."""
        kept = self._kept(told)
        self.shelf.put(FACE, kept.serial, {**kept.body, **self._described(told)})
        return _about(said(200, {}), kept.serial, "changed")

    def change(self, told: Mapping[str, Any], *, active: bool | None) -> Answer:
        """Switch it on or off, or forget it (None)."""
        kept = self._kept(told)
        serial = kept.serial
        if active is None:
            self.shelf.remove(FACE, serial)
            return _about(said(200, {}), serial, "removed")
        self.shelf.put(FACE, serial, {**kept.body, "isActive": active})
        return _about(said(200, {}), serial, "enabled" if active else "disabled")

    def _described(self, told: Mapping[str, Any]) -> dict[str, Any]:
        user, prints = _text(told, "userId"), told["certificates"]
        prefix, _underscore, guid = user.rpartition("_")
        if prefix != self.access.user_prefix or not _GUID.fullmatch(guid):
            raise _error(404, "UserNotFound", user)
        if not isinstance(prints, list) or not all(isinstance(one, str) for one in prints):
            raise _error(400, "BadRequest", "certificates")
        body = {name: _text(told, name, least=0) for name in ("userId", "deviceModel", "comment")}
        return {**body, "certificates": prints, "modeId": self.access.mode_id}

    def _kept(self, told: Mapping[str, Any]) -> Kept:
        serial = _text(told, "deviceSerial")
        kept = self.shelf.get(FACE, serial)
        if kept is None or kept.id != told["authenticatorId"] or kept.body["userId"] != told["userId"]:
            raise _error(404, "AuthenticatorNotFound", serial)
        return kept


_DEVICE: Final = frozenset({"modeId", "deviceSerial"})
_ONE: Final = _DEVICE | {"authenticatorId", "userId"}
_WHOLE: Final = _DEVICE | {"userId", "deviceModel", "comment", "certificates"}
UPDATE: Final = "api/v6/authenticator/update"
OPEN_SESSION: Final = "api/v6/logon/openSession"
_Work = Callable[[IndeedFace, Mapping[str, Any]], Answer]
_METHODS: Final[Mapping[str, tuple[frozenset[str], _Work]]] = {
    OPEN_SESSION: (frozenset({"userName", "password"}), IndeedFace.open_session),
    "api/v6/user/searchUserId": (frozenset({"name"}), IndeedFace.find_user),
    "api/v6/authenticator/search": (_DEVICE, IndeedFace.look),
    "api/v6/authenticator/register": (_WHOLE, IndeedFace.register),
    UPDATE: (_WHOLE | {"authenticatorId"}, IndeedFace.update),
    "api/v6/authenticator/disable": (_ONE, lambda face, told: face.change(told, active=False)),
    "api/v6/authenticator/enable": (_ONE, lambda face, told: face.change(told, active=True)),
    "api/v6/authenticator/delete": (_ONE, lambda face, told: face.change(told, active=None)),
}


def _body(question: Question) -> Mapping[str, Any]:
    if question.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise _error(415, "JsonExpected")
    try:
        told = read_json(question.body)
    except ValueError as error:
        raise _error(400, "BadRequest", str(error)) from error
    if not isinstance(told, dict):
        raise _error(400, "BadRequest")
    return told


def _text(told: Mapping[str, Any], name: str, least: int = 1) -> str:
    value = told[name]
    if not isinstance(value, str) or not least <= len(value) <= _SHORT or not value.isprintable():
        raise _error(400, "BadRequest", name)
    return value


def _shown(kept: Kept) -> dict[str, Any]:
    wanted = ("userId", "modeId", "isActive", "certificates")
    return {"id": kept.id, "deviceSerial": kept.serial, **{name: kept.body[name] for name in wanted}}


def _about(answer: Answer, serial: str, what: str) -> Answer:
    return Answer(answer.status, answer.body, answer.kind, answer.headers, about=serial, what=what)


def _error(status: int, code: str, message: str = "") -> Said:
    answer = said(status, {"code": code, "message": message})
    return Said(_about(answer, "", code))
