"""Work that takes its time: taken at once, done after it was looked at so often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from portal.stands.registers.problems import problem
from portal.stands.registers.saying import Answer, Question, said
from portal.stands.registers.shelf import Shelf


@dataclass(slots=True)
class Operation:
    """``document`` None removes the device; ``ending`` is done or a code it fails with."""

    id: str
    serial: str
    document: Mapping[str, Any] | None
    looks: int
    ending: str
    status: str = "queued"

    @property
    def retryable(self) -> bool:
        return self.ending == "busy"


@dataclass(slots=True)
class Operations:
    """Those of one face. A key whose work failed for good is refused, one whose work may be tried again begins anew."""

    face: str
    shelf: Shelf
    _all: dict[str, Operation] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)

    def begin(self, serial: str, document: Mapping[str, Any] | None, question: Question, trick: str) -> Answer:
        """Take it; ``trick`` says how it goes on."""
        name, _colon, number = trick.partition(":")
        ending = {"operation_failed": "busy", "operation_refused": "unknown_person"}.get(name, "done")
        made = Operation(uuid4().hex, serial, document, int(float(number or 1)), ending)
        self._all[made.id] = made
        self._keys[question.headers["idempotency-key"]] = made.id
        return _taken(made)

    def of_key(self, question: Question) -> Answer | None:
        """What became of the work this key has begun; None when there is none, or it may begin anew."""
        found = self._all.get(self._keys.get(question.headers["idempotency-key"], ""))
        if found is None or found.status == "done" or (found.status == "failed" and found.retryable):
            return None
        if found.status == "failed":
            raise problem(found.ending, about=found.serial)
        return _taken(found)

    def told(self, number: str) -> Answer:
        """How it stands; a look moves it on."""
        found = self._all.get(number)
        if found is None:
            raise problem("unknown_operation", number)
        if found.status in {"queued", "running"}:
            found.looks -= 1
            if found.looks > 0:
                found.status = "running"
            else:
                self._end(found)
        told: dict[str, Any] = {"id": found.id, "status": found.status}
        if found.status == "failed":
            told |= {"code": found.ending, "retryable": found.retryable, "detail": ""}
        answer = said(200, told)
        return Answer(200, answer.body, about=found.serial, what=f"operation {found.status}")

    def _end(self, operation: Operation) -> None:
        operation.status = "done" if operation.ending == "done" else "failed"
        if operation.status == "failed":
            return
        if operation.document is None:
            self.shelf.remove(self.face, operation.serial)
        else:
            self.shelf.put(self.face, operation.serial, operation.document)


def _taken(operation: Operation) -> Answer:
    headers = (("Location", f"operations/{operation.id}"), ("Retry-After", "1"))
    answer = said(202, {"operation": operation.id, "status": operation.status})
    return Answer(202, answer.body, headers=headers, about=operation.serial, what="operation")
