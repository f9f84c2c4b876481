"""Where a run is and how it ended, in one line."""

from datetime import datetime
from typing import Final

from portal.db.queries.update_progress import UpdateProgress
from portal.db.queries.updates import UpdateRow
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.views_steps import current_step, sentence_of
from portal.web.words.dates import duration
from portal.web.words.steps import waiting_for

KINDS: Final = {
    UpdateStatus.ORDERED: "waiting",
    UpdateStatus.RUNNING: "accent",
    UpdateStatus.WAITING: "waiting",
    UpdateStatus.COMPLETED: "fine",
    UpdateStatus.FAILED: "problem",
    UpdateStatus.CANCELLED: "neutral",
    UpdateStatus.STUCK: "problem",
}
ICONS: Final = {UpdateStatus.COMPLETED: "fine", UpdateStatus.FAILED: "problem", UpdateStatus.CANCELLED: "stop"}
#: What a run that is no update is called.
NAMES: Final = {
    RunKind.CHANGE_PIN: _l("Change of the PIN"),
    RunKind.RESET_PIN: _l("Reset of the PIN"),
    RunKind.CLEAN: _l("Cleaning"),
}
COMPLETED: Final = {
    RunKind.CHANGE_PIN: _l("The PIN was changed"),
    RunKind.RESET_PIN: _l("The PIN was reset"),
    RunKind.CLEAN: _l("The device is clean"),
}
HEADLINES: Final = {
    UpdateStatus.ORDERED: _l("The update is about to begin"),
    UpdateStatus.COMPLETED: _l("The device is up to date"),
    UpdateStatus.FAILED: _l("The update was not completed"),
    UpdateStatus.CANCELLED: _l("The update was cancelled"),
    UpdateStatus.STUCK: _l("The update needs a person"),
}


def run_kind(progress: UpdateProgress) -> str:
    """The colour of the run: going back is a problem, too."""
    going_back = progress.unwinding is not None and not progress.finished
    return "problem" if going_back else KINDS[progress.update.status]


def run_icon(status: UpdateStatus) -> str:
    """The icon of the summary."""
    return ICONS.get(status, "running")


def woken(progress: UpdateProgress, now: datetime) -> bool:
    """Whether a waiting run is due: a PIN was entered or its time has come, and a worker is about to take it up."""
    waiting = progress.update.status is UpdateStatus.WAITING
    return waiting and progress.wake_at is not None and progress.wake_at <= now


def run_title(kind: RunKind) -> str:
    """What the dialog of such a run is called."""
    return str(NAMES[kind]) if kind in NAMES else _("Device update")


def run_name(row: UpdateRow) -> str:
    """The run in a history."""
    if row.kind in NAMES:
        return _("%(name)s no. %(number)s", name=NAMES[row.kind], number=row.id)
    return _("Update no. %(number)s", number=row.id)


def headline(progress: UpdateProgress, now: datetime, *, remote: bool = False) -> str:
    """Where the run is; one at a workstation begins when somebody there agrees."""
    row = progress.update
    if remote and row.status is UpdateStatus.ORDERED:
        return _("The update begins at the workstation")
    if woken(progress, now):
        return _("The update is about to go on")
    if row.status is UpdateStatus.WAITING and row.waiting_for is not None:
        return _("Waits %(whom)s", whom=waiting_for(row.waiting_for))
    if row.status is UpdateStatus.COMPLETED and row.kind in COMPLETED:
        return str(COMPLETED[row.kind])
    if row.status is not UpdateStatus.RUNNING:
        return str(HEADLINES.get(row.status, HEADLINES[UpdateStatus.ORDERED]))
    if progress.unwinding is not None:
        return _("Going back: what was begun is being undone")
    step = current_step(progress)
    if step is None:
        return _("The last step is done")
    return _("Step %(number)s of %(total)s: %(step)s", number=step.seq, total=row.steps, step=sentence_of(step))


def verdict(row: UpdateRow) -> str:
    """How it ended, beside the headline."""
    if row.finished_at is None or row.started_at is None:
        return ""
    took = _("It took %(time)s.", time=duration(row.finished_at - row.started_at))
    completed = row.status is UpdateStatus.COMPLETED
    proved = _("Everything was read back from the token and proved.")
    if row.kind in {RunKind.CHANGE_PIN, RunKind.RESET_PIN}:
        proved = _("The token accepted the new PIN.")
    undone = _("What was begun was undone; what was finished before stays.")
    return f"{proved if completed else undone} {took}"
