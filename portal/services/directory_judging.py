"""What an entry of a directory outside would make of a person of ours; no database, no clock."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from portal.domain.people_decision import Known, Wanted
from portal.domain.person_data import REQUIRED, Attributes, changes, completed, faults
from portal.domain.texts import fold, text_fault
from portal.ports.directory import PersonEntry

_LONGEST_UNIT: Final = 200
_DEEPEST: Final = 30


@dataclass(frozen=True, slots=True)
class Taken:
    """Who has a login already; ``following`` somebody has who belongs to a directory."""

    people: Mapping[str, int]
    following: Collection[int]


@dataclass(frozen=True, slots=True)
class Verdict:
    """``wanted`` is the person as he would be, None when nothing is done; ``leaves``: he is disabled over there."""

    wanted: Wanted | None = None
    refused: str = ""
    leaves: bool = False


def judge(entry: PersonEntry, known: Known | None, taken: Taken, owned: Collection[str]) -> Verdict:
    """The person this entry wants; attributes the directory does not own stay as they are."""
    old = known.attributes if known else {}
    kept = {name: value for name, value in old.items() if name not in owned}
    attributes = completed({**kept, **entry.attributes}, old or None)
    leaves = known is not None and known.active and not entry.active
    if fault := entry.fault or _fault(entry, attributes, known, taken, owned=owned):
        return Verdict(refused=fault, leaves=leaves)  # who leaves does so whatever else is said of him
    if known is None and not entry.active:
        return Verdict()  # somebody who left before we knew him
    wanted = Wanted(0, attributes, entry.place, frozenset(), "", active=entry.active or leaves, known=known)
    if known is None:
        return Verdict(wanted)
    changed = [change.name for change in changes(known.attributes, attributes)]
    changed += [name for name in ("unit", "active") if getattr(wanted, name) != getattr(known, name)]
    return Verdict(replace(wanted, changed=tuple(changed)) if changed else None, leaves=leaves)


def _fault(
    entry: PersonEntry, attributes: Attributes, known: Known | None, taken: Taken, *, owned: Collection[str]
) -> str:
    judged = {name: attributes.get(name, "") for name in (*REQUIRED, *owned, "cn")}
    if found := faults({name: value for name, value in judged.items() if value or name in REQUIRED}):
        return ", ".join(f"{name}: {code}" for name, code in sorted(found.items()))
    if len(entry.place) > _DEEPEST or any(text_fault(part, _LONGEST_UNIT) for part in entry.place):
        return "unit: invalid"
    holder = taken.people.get(fold(attributes["login"]))
    if holder is not None and (known is None or known.id != holder):
        return "login: taken_by_directory" if holder in taken.following else "login: taken"
    return ""
