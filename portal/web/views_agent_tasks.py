"""Tasks of workstations in words: where each is, who it waits for, and what became of it so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.db.queries.agent_task_rows import TaskRow
from portal.domain.agent_tasks import AgentTaskState
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.words.agents import TASK_KINDS, TASK_STATES
from portal.web.words.dates import Moment, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCard:
    """A task: ``note`` says what it waits for; ``cancel_href`` is empty for what cannot be cancelled by the visitor."""

    task: TaskRow
    kind: str
    state: str
    note: str
    where: str
    made: Moment
    expires: Moment
    heard: Moment | None
    attempts: str
    device_href: str
    update_href: str
    cancel_href: str


def task_cards(rows: Iterable[TaskRow], now: datetime, *, may_cancel: bool) -> tuple[TaskCard, ...]:
    """Tasks in words."""
    return tuple(task_card(row, now, may_cancel=may_cancel) for row in rows)


def task_card(row: TaskRow, now: datetime, *, may_cancel: bool, seen: bool = False) -> TaskCard:
    """One task in words; ``seen``: its token is at a workstation now."""
    said = str(TASK_STATES[row.state])
    cancels = may_cancel and row.state.active
    return TaskCard(
        task=row,
        kind=TASK_KINDS[row.state],
        state=said[:1].upper() + said[1:],
        note=task_note(row, now, seen=seen),
        where=task_place(row),
        made=moment(row.made_at, now),
        expires=moment(row.expires_at, now),
        heard=None if row.last_contact is None else moment(row.last_contact, now),
        attempts=_attempts(row),
        device_href=side_url("show_device", device_id=row.device_id),
        update_href=side_url("show_update", update_id=row.update_id),
        cancel_href=side_url("cancel_update", update_id=row.update_id) if cancels else "",
    )


def task_place(row: TaskRow) -> str:
    """At which workstation it is, or may be."""
    if row.state is AgentTaskState.WAITS_FOR_DEVICE or not row.holder:
        return row.agent or _("any workstation that sees the device")
    return row.holder


def task_note(row: TaskRow, now: datetime, *, seen: bool = False) -> str:
    """What it waits for, in a sentence; empty when it is over or nothing is to be said."""
    if not row.state.active or row.state is AgentTaskState.RUNNING:
        return ""
    if row.postponed_until is not None and row.postponed_until > now:
        again = moment(row.postponed_until, now).text
        return _("put off, asked again %(when)s", when=again) if not row.declines else _declined(row, again)
    if row.state is AgentTaskState.WAITS_FOR_DEVICE:
        return _("the device is at no workstation that may do it") if row.agent_id is None and not seen else ""
    return ""


def _declined(row: TaskRow, again: str) -> str:
    times = ngettext("declined once", "declined %(num)d times", row.declines)
    return _("%(times)s, asked again %(when)s", times=times, when=again)


def _attempts(row: TaskRow) -> str:
    return ngettext("%(num)d attempt", "%(num)d attempts", row.attempts) if row.attempts else ""
