"""A file of people on its way into the directory, as pages show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for

from portal.domain.errors import Conflict
from portal.domain.import_state import ImportState
from portal.domain.people_columns import ACTIVE, GROUPS, MANAGER, UNIT, targets
from portal.domain.people_decision import Fault
from portal.domain.people_preview import SHOWN_PEOPLE, PlannedPerson, Preview
from portal.domain.person_data import IDENTITY
from portal.services.people_import import Brief, Upload
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import Moment, moment
from portal.web.words.errors import Said, field_message, of_error
from portal.web.words.names import attribute_title

OTHERS: Final = {UNIT: _l("Unit"), GROUPS: _l("Groups"), MANAGER: _l("Manager"), ACTIVE: _l("Is active")}
ENCODINGS: Final = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "cp1251": "Windows-1251"}
#: A badge for each state: its kind and its word.
STATES: Final = {
    ImportState.CHECKING: ("accent", _l("is being checked")),
    ImportState.CHECKED: ("due", _l("waits for your decision")),
    ImportState.QUEUED: ("accent", _l("is being imported")),
    ImportState.RUNNING: ("accent", _l("is being imported")),
    ImportState.DONE: ("fine", _l("imported")),
    ImportState.FAILED: ("problem", _l("not imported")),
}
#: Numbers of one attempt; the last of them is its end.
_ATTEMPT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FileLine:
    """One of the files that are kept for their owner."""

    href: str
    name: str
    kind: str
    state: str
    at: Moment


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form for a file, and the files that are here already."""

    href: str
    back_href: str
    fault: str
    columns: tuple[str, ...]
    files: tuple[FileLine, ...]


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
class PersonLine:
    """Somebody of the file, and what would become of him."""

    name: str
    login: str
    what: str


@dataclass(frozen=True, slots=True)
class ImportLinks:
    """Where the page's forms and its stream go."""

    file: str
    events: str
    progress: str
    confirm: str
    discard: str
    choose: str
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the check found, in words."""

    read_as: str
    columns: tuple[Column, ...]
    faults: tuple[FaultLine, ...]
    surprises: tuple[FaultLine, ...]
    added: tuple[PersonLine, ...]
    changed: tuple[PersonLine, ...]
    units: str
    groups: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPage:
    """A file and how far it is; ``found`` is there once it was checked."""

    name: str
    state: ImportState
    sequence: int
    total: int
    to_do: int
    done: int
    preview: Preview | None
    found: Findings | None
    meanings: tuple[tuple[str, str], ...]
    left_out: int
    conflict: Said | None
    links: ImportLinks

    @property
    def mark(self) -> str:
        """Everything it shows moves with its sequence."""
        return ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return not self.state.active


def title(target: str) -> str:
    """What a column means, as a heading."""
    return str(OTHERS[target]) if target in OTHERS else attribute_title(target)


def upload_page(files: Sequence[Brief], now: datetime, fault: str = "") -> UploadPage:
    """The form, with what was wrong with the file before."""
    columns = tuple(title(target) for target in targets() if target not in IDENTITY)
    lines = tuple(_line(file, now) for file in files)
    return UploadPage(url_for("admin.keep_people"), url_for("admin.people"), fault, columns, lines)


def import_page(upload: Upload, further: Sequence[str], conflict: Said | None = None) -> ImportPage:
    """Everything about a file; a refusal of before stands on it until the next one."""
    preview = upload.preview
    if conflict is None and upload.fault:
        conflict = of_error(Conflict(upload.fault))
    return ImportPage(
        name=upload.file_name,
        state=upload.state,
        sequence=_sequence(upload),
        total=upload.total,
        to_do=preview.added + preview.changed if preview else 0,
        done=upload.done,
        preview=preview,
        found=_findings(preview, upload.mapping) if preview and not upload.state.active else None,
        meanings=(("", _("— leave out —")), *((one, title(one)) for one in targets(further))),
        left_out=preview.wrong if preview and upload.leave_out else 0,
        conflict=conflict,
        links=_links(upload),
    )


def _sequence(upload: Upload) -> int:
    at_end = _ATTEMPT - 1
    return upload.fence * _ATTEMPT + (min(upload.done, at_end - 1) if upload.state.active else at_end)


def _links(upload: Upload) -> ImportLinks:
    token, after = upload.token, _sequence(upload)
    return ImportLinks(
        file=url_for("admin.look_at_import", token=token),
        events=url_for("admin.import_events", token=token, after=after),
        progress=url_for("admin.import_progress", token=token, after=after),
        confirm=url_for("admin.confirm_people", token=token),
        discard=url_for("admin.discard_people", token=token),
        choose=url_for("admin.import_people"),
        people=url_for("admin.people"),
    )


def _line(file: Brief, now: datetime) -> FileLine:
    kind, state = STATES[file.state]
    href = url_for("admin.look_at_import", token=file.token)
    return FileLine(href, file.file_name or _("Without a name"), kind, str(state), moment(file.changed_at, now))


def _findings(preview: Preview, mapping: Sequence[str]) -> Findings:
    return Findings(
        read_as=_read_as(preview),
        columns=tuple(
            Column(place, name, preview.samples[place], mapping[place]) for place, name in enumerate(preview.header)
        ),
        faults=tuple(map(_fault, preview.faults)),
        surprises=tuple(map(_fault, preview.surprises)),
        added=tuple(PersonLine(one.name, one.login, dict(one.what)["unit"]) for one in preview.new_people),
        changed=tuple(PersonLine(one.name, one.login, "; ".join(_what(one))) for one in preview.changed_people),
        units=_cut(preview.units, "; "),
        groups=_cut(preview.groups, ", "),
    )


def _cut(names: Sequence[str], between: str) -> str:
    return between.join(names[:SHOWN_PEOPLE]) + (" …" if len(names) > SHOWN_PEOPLE else "")


def _read_as(preview: Preview) -> str:
    separators = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}
    encoding, separator = ENCODINGS[preview.encoding], separators[preview.separator]
    return _("%(encoding)s, columns separated by: %(separator)s", encoding=encoding, separator=separator)


def _fault(fault: Fault) -> FaultLine:
    return FaultLine(fault.line, _column_name(fault), fault.value, field_message(fault.code))


def _column_name(fault: Fault) -> str:
    return title(fault.column) if fault.column in targets() else fault.column


def _what(one: PlannedPerson) -> Iterator[str]:
    return (f"{title(name)}: {text}" for name, text in one.what)
