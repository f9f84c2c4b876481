"""Writing letters in a language, and handing them to a mail server."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.domain.letters import Audience, LetterKind


@dataclass(frozen=True, slots=True)
class LetterLine:
    """One thing a letter tells of: a device, a certificate on it or a count by its code, a date, a number."""

    device: str = ""
    name: str = ""
    until: datetime | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """Everything a letter may say. ``name`` is whom it addresses, ``holder`` whom it is about."""

    kind: LetterKind
    audience: Audience
    name: str = ""
    holder: str = ""
    lines: tuple[LetterLine, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter ready to go; ``id`` stays the same however often it is tried."""

    id: str
    address: str
    subject: str
    body: str


class LetterWriter(Protocol):
    """Turns facts into words."""

    def write(self, facts: LetterFacts, locale: str) -> tuple[str, str]:
        """Subject and body in this language, Russian when there is no other."""
        ...


class Notifier(Protocol):
    """Hands letters to the mail system."""

    def send(self, letter: Letter) -> None:
        """Send it; raises OutsideUnavailable, ``permanent`` when this letter will never be taken."""
        ...
