"""What is wrong on this workstation, and what to do about it, in plain words; changes nothing and asks for no PIN."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from agent import doctor_tokens
from agent.advice import ADVICE
from agent.client import Address, PortalLine, UnreachableError, trusting
from agent.settings import Language, Settings
from agent.state import Enrolment, State

_ENDS_SOON: Final = timedelta(days=14)
_CLOCK_OFF: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, how bad it is, and that in words."""

    code: str
    grade: int
    line: str


def examined(settings: Settings, state: State) -> list[Finding]:
    """Everything that can be looked at, in the order people mend things."""
    found = [*_of_portal(settings, state), *doctor_tokens.of_modules(settings.modules, settings.read_limit)]
    return [_worded(code, data, settings.language) for code, data in found]


def _worded(code: str, data: dict[str, object], language: Language) -> Finding:
    grade, english, russian = ADVICE[code]
    mark = ("✓", "!", "✗")[grade]
    text = (english if language is Language.EN else russian).format(**data)
    return Finding(code, grade, f"{mark} {text}")


def _of_portal(settings: Settings, state: State) -> Iterator[doctor_tokens.Found]:
    enrolment = state.enrolment()
    if enrolment is None:
        yield "not_enrolled", {}
        return
    if not enrolment.agent:
        yield "waits", {}
    else:
        yield from _of_certificate(state, datetime.now(UTC))
    standing = state.standing()
    if standing is not None and standing.revoked:
        yield "revoked", {}
    yield from _of_line(settings, enrolment)


def _of_certificate(state: State, now: datetime) -> Iterator[doctor_tokens.Found]:
    ends = state.certificate_ends()
    if ends is None:
        yield "certificate_missing", {}
        return
    code = "certificate_over" if ends <= now else "certificate_ends" if ends - now < _ENDS_SOON else "certificate_fine"
    yield code, {"when": f"{ends.astimezone():%d.%m.%Y}"}


def _of_line(settings: Settings, enrolment: Enrolment) -> Iterator[doctor_tokens.Found]:
    line = PortalLine(Address(enrolment.url, settings.proxy), trusting(enrolment.trust.authority, enrolment.ca_file))
    try:
        told = line.date()
    except (UnreachableError, OSError) as problem:
        untrusted = isinstance(problem, UnreachableError) and problem.untrusted
        yield "untrusted" if untrusted else "unreachable", {"url": enrolment.url, "detail": problem}
        return
    finally:
        line.close()
    yield "portal_fine", {"url": enrolment.url}
    if told:
        off = abs(datetime.now(UTC) - parsedate_to_datetime(told))
        if off > _CLOCK_OFF:
            yield "clock", {"seconds": round(off.total_seconds())}
