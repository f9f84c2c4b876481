"""The face that speaks the open contract, as strictly as it is written."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import unquote

from portal.stands.registers.letting_in import Door
from portal.stands.registers.operations import Operations
from portal.stands.registers.problems import problem
from portal.stands.registers.saying import Answer, Question, Said, read_json, said
from portal.stands.registers.shapes import faults
from portal.stands.registers.shelf import Kept, Shelf

LONGEST: Final = 64 * 1024
_KEY: Final = re.compile(r"[!-~]{1,200}")
_MATCH: Final = re.compile(r'"([1-9][0-9]{0,17})"')


@dataclass(slots=True)
class ContractFace:
    """``prefix`` stands before /v1; devices are there for ``profiles``; ``strangers`` are logins nobody has."""

    name: str
    prefix: str
    profiles: tuple[str, ...]
    shelf: Shelf
    door: Door
    strangers: set[str] = field(default_factory=set)
    operations: Operations = field(init=False)
    _keys: dict[str, str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.operations = Operations(self.name, self.shelf)

    def answer(self, question: Question, trick: str = "") -> Answer:
        """One request, one answer; ``trick`` makes it do something else than it would."""
        try:
            self.door.pass_by(question)
            with self._lock:
                return self._room(question, trick)
        except Said as way_out:
            return way_out.answer

    def _room(self, question: Question, trick: str) -> Answer:
        parts = question.path.removeprefix(self.prefix).split("/")
        match (question.method, parts):
            case (method, ["", "v1", "devices", uid]) if uid:
                return self._device(method, unquote(uid), question, trick)
            case ("GET", ["", "v1", "operations", number]):
                return self.operations.told(unquote(number))
            case ("GET", ["", "v1", "health"]):
                return said(200, {"status": "ok"})
            case ("GET", ["", "v1", "capabilities"]):
                return said(200, self._capabilities())
            case (_, ["", "v1", "operations", _] | ["", "v1", "health" | "capabilities"]):
                raise problem("method_not_allowed")
        raise problem("unknown_path")

    def _capabilities(self) -> dict[str, Any]:
        return {
            "contract": "1",
            "product": f"Klyuchnik stand ({self.name})",
            "profiles": list(self.profiles),
            "operations": True,
        }

    def _device(self, method: str, serial: str, question: Question, trick: str) -> Answer:
        kept = self.shelf.get(self.name, serial)
        if method == "GET":
            if kept is None:
                raise problem("unknown_device", about=serial)
            return _told(200, kept)
        if method == "PUT":
            return self._put(serial, kept, question, trick)
        if method == "DELETE":
            return self._delete(serial, kept, question, trick)
        raise problem("method_not_allowed", about=serial)

    def _put(self, serial: str, kept: Kept | None, question: Question, trick: str) -> Answer:
        document = self._document(serial, question)
        self._key(question)
        if (going := self.operations.of_key(question)) is not None:
            return going
        self._conditions(serial, kept, question, trick)
        if kept is not None and kept.body == document:
            return _told(200, kept, "same")
        if trick.startswith("operation"):
            return self.operations.begin(serial, document, question, trick)
        what = "changed" if kept else "added"
        return _told(200 if kept else 201, self.shelf.put(self.name, serial, document), what)

    def _delete(self, serial: str, kept: Kept | None, question: Question, trick: str) -> Answer:
        self._key(question)
        if (going := self.operations.of_key(question)) is not None:
            return going
        if kept is None:
            return Answer(204, about=serial, what="unknown")
        if "if-match" in question.headers:
            self._conditions(serial, kept, question, trick)
        if trick.startswith("operation"):
            return self.operations.begin(serial, None, question, trick)
        self.shelf.remove(self.name, serial)
        return Answer(204, about=serial, what="removed")

    def _document(self, serial: str, question: Question) -> Mapping[str, Any]:
        if len(question.body) > LONGEST:
            raise problem("too_large", about=serial)
        if question.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise problem("unsupported_media_type", about=serial)
        try:
            document = read_json(question.body)
        except ValueError as error:
            raise problem("bad_request", str(error), about=serial) from error
        wrong = faults(document)
        if not wrong and document["serial"] != serial:
            wrong = [("/serial", "it is not that of the path")]
        if wrong:
            raise problem("invalid_document", "; ".join(f"{where}: {fault}" for where, fault in wrong), about=serial)
        if document["profile"] not in self.profiles:
            raise problem("profile_unsupported", document["profile"], about=serial)
        if document["owner"]["login"] in self.strangers:
            raise problem("unknown_person", document["owner"]["login"], about=serial)
        return dict(document)

    def _key(self, question: Question) -> None:
        """The same key is the same call."""
        key = question.headers.get("idempotency-key", "")
        if not _KEY.fullmatch(key):
            raise problem("bad_request", "Idempotency-Key is needed")
        call = sha256(f"{question.method}\n{question.path}\n".encode() + question.body).hexdigest()
        if self._keys.setdefault(key, call) != call:
            raise problem("idempotency_conflict", "another call had this Idempotency-Key")

    def _conditions(self, serial: str, kept: Kept | None, question: Question, trick: str) -> None:
        match, none = question.headers.get("if-match"), question.headers.get("if-none-match")
        if (match is None) == (none is None):
            raise problem("precondition_required", "either If-Match or If-None-Match", about=serial)
        if none is not None:
            fits = none == "*" and kept is None
        else:
            found = _MATCH.fullmatch(match or "")
            fits = found is not None and kept is not None and int(found[1]) == kept.version
        if not fits or trick == "wrong_version":
            raise problem("version_mismatch", about=serial)


def _told(status: int, kept: Kept, what: str = "looked") -> Answer:
    told = {**kept.body, "id": kept.id, "version": kept.version}
    answer = said(status, told, ("ETag", f'"{kept.version}"'))
    return Answer(status, answer.body, answer.kind, answer.headers, about=kept.serial, what=what)
