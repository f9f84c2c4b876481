"""What is kept of a check for its owner to look at: counts, and the first lines of what may be long."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from portal.domain.people_decision import Decision, Fault, Wanted, others_told
from portal.domain.people_table import Table
from portal.domain.person_data import changes, told, whole_name

SHOWN_FAULTS: Final = 200
SHOWN_PEOPLE: Final = 20
_SAMPLED: Final = 20
_SAMPLES: Final = 3
#: What a line would do, as the first letter of its mark.
_ADDS, _CHANGES, _WRONG = "acw"

#: Of each line that would do something: what exactly, as a short digest.
Marks = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class PlannedPerson:
    """Somebody of the file, and what would become of him, each thing by its name."""

    line: int
    name: str
    login: str
    what: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A decision in short; ``surprises`` are lines that would do something else than when the owner looked last."""

    encoding: str
    separator: str
    header: tuple[str, ...]
    samples: tuple[str, ...]
    added: int
    changed: int
    unchanged: int
    wrong: int
    faults: tuple[Fault, ...]
    more_faults: int
    new_people: tuple[PlannedPerson, ...]
    changed_people: tuple[PlannedPerson, ...]
    units: tuple[str, ...]
    groups: tuple[str, ...]
    fingerprint: str
    surprises: tuple[Fault, ...] = ()
    more_surprises: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.changed)


def preview_of(table: Table, decision: Decision, marks: Marks, surprises: tuple[Fault, ...] = ()) -> Preview:
    """The decision in short; ``marks`` are its own."""
    return Preview(
        encoding=table.encoding,
        separator=table.separator,
        header=table.header,
        samples=tuple(_samples(table)),
        added=len(decision.added),
        changed=len(decision.changed),
        unchanged=decision.unchanged,
        wrong=decision.wrong,
        faults=decision.faults[:SHOWN_FAULTS],
        more_faults=max(0, len(decision.faults) - SHOWN_FAULTS),
        new_people=tuple(_planned(one) for one in decision.added[:SHOWN_PEOPLE]),
        changed_people=tuple(_planned(one) for one in decision.changed[:SHOWN_PEOPLE]),
        units=tuple(" / ".join(path) for path in decision.units[: SHOWN_PEOPLE + 1]),
        groups=decision.groups[: SHOWN_PEOPLE + 1],
        fingerprint=fingerprint_of(decision, marks),
        surprises=surprises[:SHOWN_FAULTS],
        more_surprises=max(0, len(surprises) - SHOWN_FAULTS),
    )


def marks_of(decision: Decision) -> dict[int, str]:
    """A mark for each line that would do something, or is wrong."""
    found = {one.line: f"{_ADDS}{one.digest()}" for one in decision.added}
    found |= {one.line: f"{_CHANGES}{one.digest()}" for one in decision.changed}
    for fault in decision.faults:
        found[fault.line] = f"{found.get(fault.line, _WRONG)} {fault.column} {fault.code}"
    return found


def fingerprint_of(decision: Decision, marks: Marks) -> str:
    """Another one as soon as the import would do anything else."""
    return sha256(repr((decision.unchanged, sorted(marks.items()))).encode()).hexdigest()


def surprises_of(before: Marks, now: Marks, faults: Iterable[Fault], logins: Mapping[int, str]) -> tuple[Fault, ...]:
    """What is different from when the owner looked: line by line, with what is wrong there, or the login and why."""
    wrong = {fault.line: fault for fault in faults}
    lines = [line for line in sorted({*before, *now}) if before.get(line) != now.get(line)]
    return tuple(
        wrong.get(line) or Fault(line, "login", logins.get(line, ""), _why(before.get(line, ""), now.get(line, "")))
        for line in lines
    )


def _why(before: str, now: str) -> str:
    if before.startswith(_WRONG):
        return "right_now"
    if before.startswith(_ADDS) and not now.startswith(_ADDS):
        return "appeared"
    return "disappeared" if now.startswith(_ADDS) else "changed_since"


def _planned(one: Wanted) -> PlannedPerson:
    return PlannedPerson(one.line, whole_name(one.attributes), one.login, tuple(_what(one)))


def _what(one: Wanted) -> Iterator[tuple[str, str]]:
    if one.known is None:
        yield "unit", " / ".join(one.unit)
        return
    yield from ((change.name, told(change)) for change in changes(one.known.attributes, one.attributes))
    yield from others_told(one, one.known).items()


def _samples(table: Table) -> Iterator[str]:
    for place in range(len(table.header)):
        cells = [row.cells[place].strip()[:30] for row in table.rows[:_SAMPLED] if place < len(row.cells)]
        yield ", ".join([cell for cell in cells if cell][:_SAMPLES])
