"""What this workstation knows of itself, from its own files."""

from datetime import datetime
from typing import Final

from agent.journal import AgentJournal
from agent.lock import held
from agent.state import Standing, State
from agent.words import Words

FINE: Final = 0
NOT_RUNNING: Final = 3  # as init scripts say it
REVOKED: Final = 4
NOT_ENROLLED: Final = 5


def told(state: State, words: Words) -> tuple[list[str], int]:
    """Lines for people, and the exit code for programs."""
    enrolment = state.enrolment()
    if enrolment is None:
        return [words("not_enrolled")], NOT_ENROLLED
    lines = [words("status_portal", url=enrolment.url)]
    if not enrolment.agent:
        return [*lines, words("enrol_waits")], NOT_ENROLLED
    standing = state.standing() or Standing()
    running = held(state.instance)
    lines += [
        words("status_agent", agent=enrolment.agent),
        words("status_until", when=_when(state.certificate_ends(), words)),
        words("status_running", yes=words("yes" if running else "no")),
        words("status_contact", when=_when(standing.last_contact, words)),
        words("status_tokens", tokens=_listed(standing.tokens, words)),
        words("status_tasks", tasks=_listed(standing.tasks, words)),
        words("status_unreported", count=_unreported(state)),
    ]
    if standing.troubles:
        lines.append(words("status_troubles", troubles=_listed(standing.troubles, words)))
    if standing.revoked:
        return [*lines, words("enrol_revoked")], REVOKED
    return lines, FINE if running else NOT_RUNNING


def _unreported(state: State) -> int:
    if not state.journal.exists():
        return 0
    journal = AgentJournal(state.journal)
    try:
        return len(journal.unreported())
    finally:
        journal.shut()


def _when(moment: datetime | None, words: Words) -> str:
    return f"{moment.astimezone():%d.%m.%Y %H:%M:%S}" if moment else words("none")


def _listed(items: tuple[str, ...], words: Words) -> str:
    return "; ".join(items) or words("none")
