"""A file of people on its way into the directory, as pages show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from portal.domain.people_columns import ACTIVE, GROUPS, MANAGER, UNIT, targets
from portal.domain.people_decision import Decision, Fault, Wanted, others_told
from portal.domain.person_data import IDENTITY, Change, changes, told, whole_name
from portal.services.people_import import Upload
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.errors import Said, field_message
from portal.web.words.names import attribute_title

OTHERS: Final = {UNIT: _l("Unit"), GROUPS: _l("Groups"), MANAGER: _l("Manager"), ACTIVE: _l("Is active")}
ENCODINGS: Final = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "cp1251": "Windows-1251"}
SHOWN_FAULTS: Final = 200
SHOWN_PEOPLE: Final = 20


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form for a file."""

    href: str
    back_href: str
    fault: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its name, the first values in it, and what it means."""

    place: int
    name: str
    samples: str
    target: str


@dataclass(frozen=True, slots=True)
class FaultLine:
    """What is wrong in one cell, in words."""

    line: int
    column: str
    value: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PersonChange:
    """Somebody of the file, and what would become of him."""

    line: int
    name: str
    login: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """What the file would do."""

    file_name: str
    read_as: str
    columns: tuple[Column, ...]
    meanings: tuple[tuple[str, str], ...]
    decision: Decision
    total: int
    faults: tuple[FaultLine, ...]
    more_faults: int
    added: tuple[PersonChange, ...]
    changed: tuple[PersonChange, ...]
    units: tuple[str, ...]
    fingerprint: str
    href: str
    confirm_href: str
    discard_href: str
    conflict: Said | None


def title(target: str) -> str:
    """What a column means, as a heading."""
    return str(OTHERS[target]) if target in OTHERS else attribute_title(target)


def upload_page(fault: str = "") -> UploadPage:
    """The form, with what was wrong with the file before."""
    columns = tuple(title(target) for target in targets() if target not in IDENTITY)
    return UploadPage(url_for("admin.keep_people"), url_for("admin.people"), fault, columns)


def import_page(upload: Upload, decision: Decision, further: Sequence[str], conflict: Said | None = None) -> ImportPage:
    """Everything the file would do, long lists cut."""
    return ImportPage(
        file_name=upload.file_name,
        read_as=_read_as(upload),
        columns=tuple(_columns(upload)),
        meanings=(("", _("— leave out —")), *((one, title(one)) for one in targets(further))),
        decision=decision,
        total=len(upload.table.rows),
        faults=tuple(map(_fault, decision.faults[:SHOWN_FAULTS])),
        more_faults=max(0, len(decision.faults) - SHOWN_FAULTS),
        added=tuple(_added(one) for one in decision.added[:SHOWN_PEOPLE]),
        changed=tuple(_changed(one) for one in decision.changed[:SHOWN_PEOPLE]),
        units=tuple(" / ".join(path) for path in decision.units),
        fingerprint=decision.fingerprint(),
        href=url_for("admin.understand_people", token=upload.token),
        confirm_href=url_for("admin.confirm_people", token=upload.token),
        discard_href=url_for("admin.discard_people", token=upload.token),
        conflict=conflict,
    )


def _read_as(upload: Upload) -> str:
    separators = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}
    encoding, separator = ENCODINGS[upload.table.encoding], separators[upload.table.separator]
    return _("%(encoding)s, columns separated by: %(separator)s", encoding=encoding, separator=separator)


def _columns(upload: Upload) -> Iterator[Column]:
    first = upload.table.rows[:20]
    for place, name in enumerate(upload.table.header):
        cells = [row.cells[place].strip()[:30] for row in first if place < len(row.cells)]
        yield Column(place, name, ", ".join([cell for cell in cells if cell][:3]), upload.mapping[place])


def _fault(fault: Fault) -> FaultLine:
    return FaultLine(fault.line, _column_name(fault), fault.value, field_message(fault.code))


def _column_name(fault: Fault) -> str:
    return title(fault.column) if fault.column in targets() else fault.column


def _added(one: Wanted) -> PersonChange:
    return PersonChange(one.line, whole_name(one.attributes), one.login, " / ".join(one.unit))


def _changed(one: Wanted) -> PersonChange:
    known = one.known
    if known is None:
        return _added(one)
    said = [_said(change) for change in changes(known.attributes, one.attributes)]
    said += [f"{title(name)}: {text}" for name, text in others_told(one, known).items()]
    return PersonChange(one.line, whole_name(one.attributes), one.login, "; ".join(said))


def _said(change: Change) -> str:
    return f"{attribute_title(change.name)}: {told(change)}"
