"""The overview in words and links."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import url_for

from portal.db.queries.dashboard import Dashboard, ExpiryWeek
from portal.db.queries.replacements import ReplacementOver
from portal.db.queries.updates import UpdateRow
from portal.domain.audit import AuditTag
from portal.domain.contents import TokenSighting
from portal.domain.findings import UpdateReason
from portal.domain.permissions import Permission
from portal.domain.update_state import UpdateStatus
from portal.web.pages import address
from portal.web.sides import may
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_devices import problem_name
from portal.web.views_history import UPDATE_KINDS
from portal.web.words.dates import dated
from portal.web.words.findings import reason_name
from portal.web.words.steps import update_state, waiting_for
from portal.web.words.troubles import trouble_title

SOON_WEEKS: Final = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A number that is a link."""

    label: str
    number: int
    href: str
    reason: UpdateReason | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A week of the chart."""

    label: str
    value: int
    href: str
    kind: str


@dataclass(frozen=True, slots=True)
class Run:
    """An update under way."""

    id: int
    title: str
    href: str
    kind: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Group:
    """Updates that are in the same way."""

    name: str
    title: str
    number: int
    href: str
    empty: str
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A token plugged in."""

    label: str
    serial: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything the first page shows."""

    due: int
    due_text: str
    reasons: tuple[Line, ...]
    problems: tuple[Line, ...]
    behind: Line | None
    drifts: Line | None
    replacements: tuple[Run, ...]
    weeks: tuple[Bar, ...]
    groups: tuple[Group, ...]
    tokens: tuple[Token, ...]
    alarm: str
    alarm_href: str


def overview(found: Dashboard, runs: Sequence[UpdateRow], tokens: Sequence[TokenSighting]) -> Overview:
    """The first page."""
    return Overview(
        due=found.due,
        due_text=ngettext("device needs an update", "devices need an update", found.due),
        reasons=tuple(_reason(reason, number) for reason, number in found.by_reason),
        problems=tuple(_problem(code, number) for code, number in found.troubled),
        behind=_behind(found.behind),
        drifts=_drifts(found.drifts) if may(Permission.RECONCILIATION_READ) else None,
        replacements=tuple(map(_replacement, found.replacements)),
        weeks=tuple(_week(week, place) for place, week in enumerate(found.weeks)),
        groups=_groups(found, runs),
        tokens=tuple(_token(seen) for seen in tokens),
        alarm=_("Last time: %(when)s.", when=dated(found.mended)) if found.mended else "",
        alarm_href=url_for("admin.audit", tag=AuditTag.FINDINGS_MENDED.value),
    )


def _replacement(over: ReplacementOver) -> Run:
    href = url_for("admin.show_device", device_id=over.device)
    title = _("The replacement of %(serial)s is over", serial=over.serial)
    return Run(
        over.id, title, href, "due", _("since %(day)s; take %(other)s back", day=dated(over.until), other=over.stand_in)
    )


def run_sentence(row: UpdateRow) -> str:
    """Where the update is, and what it waits for."""
    if row.status is UpdateStatus.WAITING and row.waiting_for is not None:
        return _("Waits %(whom)s", whom=waiting_for(row.waiting_for))
    if row.why is not None and row.status in {UpdateStatus.STUCK, UpdateStatus.FAILED}:
        return trouble_title(row.why)
    if row.status is UpdateStatus.RUNNING:
        return _("Step %(done)s of %(total)s", done=min(row.done + 1, row.steps), total=row.steps)
    return update_state(row.status)


def _reason(reason: UpdateReason, number: int) -> Line:
    return Line(reason_name(reason), number, url_for("admin.devices", reason=reason.value), reason)


def _problem(code: str, number: int) -> Line:
    return Line(problem_name(code), number, url_for("admin.devices", reason="problem"))


def _behind(number: int) -> Line | None:
    """Registers outside that are told again, or wait for somebody."""
    return (
        Line(_("Registers have not taken what they were told"), number, url_for("admin.registers")) if number else None
    )


def _drifts(number: int) -> Line | None:
    """What database, authorities and tokens disagree about."""
    return Line(_("Findings of the reconciliation"), number, url_for("admin.reconciliation")) if number else None


def _week(week: ExpiryWeek, place: int) -> Bar:
    href = address("admin.devices", {"from": week.begins.isoformat(), "before": week.ends.isoformat()})
    kind = "problem" if place == 0 else "due" if place < SOON_WEEKS else "accent"
    return Bar(week.begins.astimezone().strftime("%d.%m"), week.devices, href, kind)


def _groups(found: Dashboard, runs: Sequence[UpdateRow]) -> tuple[Group, ...]:
    stuck = [row for row in runs if row.status is UpdateStatus.STUCK]
    moving = [row for row in runs if row.status is not UpdateStatus.STUCK]
    number = sum(count for status, count in found.updates.items() if status is not UpdateStatus.STUCK)
    return (
        Group(
            "stuck",
            _("Need attention"),
            found.updates.get(UpdateStatus.STUCK, 0),
            url_for("admin.updates", status="stuck"),
            _("No update needs a person."),
            tuple(map(_run, stuck)),
        ),
        Group(
            "active",
            _("Under way"),
            number,
            url_for("admin.updates", status="active"),
            _("No update is under way."),
            tuple(map(_run, moving)),
        ),
    )


def _run(row: UpdateRow) -> Run:
    title = " · ".join(part for part in (row.holder, row.model or row.serial) if part)
    href = url_for("admin.show_update", update_id=row.id)
    return Run(row.id, title, href, UPDATE_KINDS[row.status], run_sentence(row))


def _token(seen: TokenSighting) -> Token:
    return Token(seen.label or seen.model, seen.serial, url_for("admin.search", q=seen.serial))
