"""What is asked of the stand, and what it says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Question:
    """One request; names of headers are in lower case, ``peer`` says whose certificate the line was opened with."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    peer: str = ""

    @property
    def changes(self) -> bool:
        """Whether it is no mere look; a method of Access Manager says so by its name."""
        return self.method in {"PUT", "DELETE"} or (
            self.method == "POST" and self.path.rsplit("/", 1)[-1] in {"register", "disable", "enable", "delete"}
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """``about`` is the serial number of a device and ``what`` a word for it, as the page shows them."""

    status: int
    body: bytes = b""
    kind: str = JSON
    headers: tuple[tuple[str, str], ...] = ()
    about: str = ""
    what: str = ""


class Said(Exception):  # noqa: N818 - the way out of a check with an answer
    """The answer, at once."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def said(status: int, value: object, *headers: tuple[str, str]) -> Answer:
    """A value in JSON."""
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), JSON, headers)


def read_json(body: bytes) -> Any:
    """The value; raises ValueError, also for a member that is named twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member is named twice")
        return dict(pairs)

    try:
        return json.loads(body, object_pairs_hook=once)
    except RecursionError as error:
        raise ValueError("too deep") from error
