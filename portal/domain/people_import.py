"""A file of people is compared with the directory, cell by cell."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from portal.domain.people_columns import ACTIVE, GROUPS, MANAGER, OTHERS, UNIT
from portal.domain.people_decision import Decision, Fault, Known, Path, Present, Wanted
from portal.domain.people_table import Row, Table, plain
from portal.domain.person_data import REQUIRED, Attributes, changes, completed, faults, tidy
from portal.domain.texts import fold, text_fault

_YES: Final = frozenset(
    (
        *("1", "yes", "y", "true", "да", "д", "истина", "активен", "активна", "действует", "включен", "включена"),
        *("active", "enabled", "+"),
    )
)
_NO: Final = frozenset(
    (
        *("0", "no", "n", "false", "нет", "н", "ложь", "неактивен", "неактивна", "отключен", "отключена", "уволен"),
        *("уволена", "inactive", "disabled", "-"),
    )
)
_LONGEST: Final = 200
_DEEPEST: Final = 30


@dataclass
class _Reading:
    """The file while it is read."""

    columns: Mapping[str, int]
    header: Sequence[str]
    present: Present
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    units: dict[Path, Path] = field(init=False)
    groups: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.units = {tuple(map(fold, path)): path for path in self.present.units}
        self.groups = {fold(name): name for name in self.present.groups}

    def unit(self, path: Path) -> Path:
        """The path as it is written already, here or earlier in the file, wherever only case differs."""
        for depth in range(1, len(path) + 1):
            known = self.units.setdefault(tuple(map(fold, path[:depth])), path[:depth])
            path = (*known, *path[depth:])
        return path

    def refuse(self, line: int, target: str, value: str, code: str) -> None:
        """Note a cell that cannot be used."""
        place = self.columns.get(target)
        self.faults.append(Fault(line, target if place is None else self.header[place], value[:80], code))


def decide(table: Table, mapping: Sequence[str], present: Present) -> Decision:
    """Compare the file with the directory."""
    columns = {target: place for place, target in enumerate(mapping) if target}
    if "login" not in columns:
        return Decision(faults=(Fault(1, "login", "", "no_login_column"),))
    reading = _Reading(columns, table.header, present)
    read = [one for row in table.rows if (one := _wanted(reading, row)) is not None]
    good = _with_managers(reading, read)
    added = tuple(one for one in good if one.known is None)
    changed = tuple(one for one in good if one.changed)
    return Decision(
        added,
        changed,
        unchanged=len(good) - len(added) - len(changed),
        faults=tuple(sorted(reading.faults, key=lambda fault: fault.line)),
        units=_new_units((*added, *changed), present),
        groups=_new_groups((*added, *changed), present),
    )


def _wanted(reading: _Reading, row: Row) -> Wanted | None:
    """The person of this row, None when something in it is wrong."""
    before = len(reading.faults)
    surplus = [cell for cell in row.cells[len(reading.header) :] if cell.strip()]
    if surplus:
        reading.refuse(row.line, "", surplus[0], "too_many_cells")
        return None
    cells = {target: plain(row.cells[place]) for target, place in reading.columns.items() if place < len(row.cells)}
    typed = tidy(cells)
    key = fold(typed.get("login", ""))
    if not key or reading.lines.setdefault(key, row.line) != row.line:
        reading.refuse(row.line, "login", typed.get("login", ""), "login_repeated" if key else "required")
        return None
    one = _merged(reading, row.line, typed, reading.present.people.get(key))
    return one if len(reading.faults) == before else None


def _merged(reading: _Reading, line: int, typed: Attributes, known: Known | None) -> Wanted:
    """The file's person over the one that is known: what the file does not tell stays as it is."""
    told = {name: value for name, value in typed.items() if name not in OTHERS}
    old = known.attributes if known else {}
    # another case of the same login changes nobody
    attributes = completed({**old, **told, **({"login": old["login"]} if known else {})}, old or None)
    judged = {name: attributes.get(name, "") for name in (*REQUIRED, *told)}
    for name, code in faults(judged).items():
        reading.refuse(line, name, typed.get(name, ""), code)
    one = Wanted(
        line,
        attributes,
        unit=_unit(reading, line, typed, known),
        groups=_groups(reading, line, typed, known),
        manager=fold(typed.get(MANAGER, "")) or (known.manager if known else ""),
        active=_active(reading, line, typed, known),
        known=known,
    )
    if known is None:
        return one
    changed = tuple(_differences(one, known))
    for name in known.owned.intersection(changed):
        reading.refuse(line, name, typed.get(name, ""), "owned_by_directory")
    return replace(one, changed=changed)


def _differences(one: Wanted, known: Known) -> Iterator[str]:
    yield from (change.name for change in changes(known.attributes, one.attributes))
    for name in OTHERS:
        if getattr(one, name) != getattr(known, name):
            yield name


def _unit(reading: _Reading, line: int, typed: Attributes, known: Known | None) -> Path:
    value = typed.get(UNIT, "")
    if not value:
        if known is None:
            reading.refuse(line, UNIT, "", "required")
        return known.unit if known else ()
    path = tuple(part.strip() for part in value.replace("\\", "/").split("/") if part.strip())
    fault = next((text_fault(part, _LONGEST) for part in path if text_fault(part, _LONGEST)), "")
    if fault or not path or len(path) > _DEEPEST:
        reading.refuse(line, UNIT, value, fault or ("too_deep" if path else "invalid"))
        return ()
    return reading.unit(path)


def _groups(reading: _Reading, line: int, typed: Attributes, known: Known | None) -> frozenset[str]:
    value = typed.get(GROUPS, "")
    if not value:
        return known.groups if known else frozenset()
    names = [name.strip() for name in value.replace("|", ",").replace(";", ",").split(",") if name.strip()]
    if any(text_fault(name, _LONGEST) for name in names):
        reading.refuse(line, GROUPS, value, "invalid")
    return frozenset(reading.groups.setdefault(fold(name), name) for name in names)


def _active(reading: _Reading, line: int, typed: Attributes, known: Known | None) -> bool:
    word = fold(typed.get(ACTIVE, ""))
    if word and word not in _YES | _NO:
        reading.refuse(line, ACTIVE, typed[ACTIVE], "not_yes_or_no")
    if not word:
        return known.active if known else True
    return word in _YES


def _with_managers(reading: _Reading, people: list[Wanted]) -> list[Wanted]:
    """Those whose managers are there already or come with this file, each of them in order himself."""
    coming = {fold(one.login) for one in people}
    under: dict[str, list[Wanted]] = {}
    for one in people:
        if one.known is None or one.manager != one.known.manager:
            under.setdefault(one.manager, []).append(one)
    lost: set[int] = set()
    missing = [login for login in under if login and login not in coming and login not in reading.present.logins]
    while missing:
        for one in under.pop(missing.pop(), ()):
            lost.add(one.line)
            reading.refuse(one.line, MANAGER, one.manager, "unknown_person")
            if fold(one.login) not in reading.present.logins:
                missing.append(fold(one.login))
    for one in people:
        if one.manager and one.manager == fold(one.login) and one.line not in lost:
            lost.add(one.line)
            reading.refuse(one.line, MANAGER, one.manager, "himself")
    return [one for one in people if one.line not in lost]


def _new_units(people: Collection[Wanted], present: Present) -> tuple[Path, ...]:
    there = set(present.units)
    paths = {one.unit[:depth] for one in people for depth in range(1, len(one.unit) + 1)}
    return tuple(sorted(paths - there))


def _new_groups(people: Collection[Wanted], present: Present) -> tuple[str, ...]:
    return tuple(sorted({name for one in people for name in one.groups} - set(present.groups)))
