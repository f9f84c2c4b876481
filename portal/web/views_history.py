"""What happened with a device: its updates and what people did with it, in one line of time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.db.queries.device_card import DeviceCard as CardRows
from portal.db.queries.device_operations import DeviceStory, OperationRow, UndoneOrder
from portal.db.queries.updates import UpdateRow
from portal.domain.device_life import Operation
from portal.domain.update_state import UpdateStatus
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.words.dates import day
from portal.web.words.device_life import operation_done, order_sentence, reason_text
from portal.web.words.errors import Said
from portal.web.words.runs import run_name
from portal.web.words.steps import update_state
from portal.web.words.troubles import explain

SHOWN: Final = 12
UPDATE_KINDS: Final = {
    UpdateStatus.ORDERED: "waiting",
    UpdateStatus.RUNNING: "accent",
    UpdateStatus.WAITING: "waiting",
    UpdateStatus.COMPLETED: "fine",
    UpdateStatus.FAILED: "problem",
    UpdateStatus.CANCELLED: "neutral",
    UpdateStatus.STUCK: "problem",
}
OPERATION_KINDS: Final = {
    Operation.DISABLE: "waiting",
    Operation.ENABLE: "fine",
    Operation.REVOKE: "problem",
    Operation.REPLACE: "accent",
}


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """Something that happened with the device."""

    at: datetime
    kind: str
    sentence: str
    who: str
    href: str


@dataclass(frozen=True, slots=True)
class ReplacementLine:
    """The device in whose place this one is, or that is in its place."""

    sentence: str
    serial: str
    href: str
    overdue: bool
    number: int
    temporary: bool


def history_of(rows: CardRows) -> tuple[HistoryEvent, ...]:
    """The latest first."""
    events = [*map(_update, rows.updates), *map(_operation, rows.story.operations)]
    return tuple(sorted(events, key=lambda event: event.at, reverse=True)[:SHOWN])


def undone_orders(story: DeviceStory) -> tuple[Said, ...]:
    """What an authority or a register has not done yet, or refused."""
    return tuple(map(_undone, story.undone))


def replacement_lines(story: DeviceStory, now: datetime) -> tuple[ReplacementLine, ...]:
    """Both ends of every replacement that is not over."""
    lines = []
    for one in story.replacements:
        if one.over:
            continue
        lasting = _("It takes the place of") if one.takes_place else _("In its place is")
        until = _("until %(date)s", date=day(one.until)) if one.until else ""
        href = side_url("show_device", device_id=one.other)
        overdue = one.until is not None and one.until <= now
        said = f"{lasting} {until}".strip()
        lines.append(ReplacementLine(said, one.serial, href, overdue, one.id, temporary=one.until is not None))
    return tuple(lines)


def _update(row: UpdateRow) -> HistoryEvent:
    sentence = f"{run_name(row)}: {update_state(row.status).lower()}"
    href = side_url("show_update", update_id=row.id)
    return HistoryEvent(row.finished_at or row.ordered_at, UPDATE_KINDS[row.status], sentence, row.ordered_by, href)


def _operation(row: OperationRow) -> HistoryEvent:
    why = ". ".join(part for part in (reason_text(row.reason), row.comment) if part)
    said = operation_done(row.kind)
    return HistoryEvent(row.at, OPERATION_KINDS.get(row.kind, "neutral"), f"{said}: {why}" if why else said, row.by, "")


def _undone(order: UndoneOrder) -> Said:
    sentence = order_sentence(order.kind, order.target, order.name)
    because = explain(order.why) if order.why else None
    if order.refused:
        return Said("problem", _("Refused: %(order)s", order=sentence), because.reason if because else "")
    text = because.title if because else _("It is being told.")
    again = _("The portal tells it again by itself.")
    return Said("waiting", _("Not yet: %(order)s", order=sentence), f"{text} {again}")
