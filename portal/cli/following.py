"""Watching an update from the command line: each step as it moves, and an exit code for how it ended."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import click

from portal.cli.console import DONE, FAILED, STUCK, WAITS, Console
from portal.db.queries.update_progress import StepView, UpdateProgress, update_progress
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.web.views_steps import sentence_of
from portal.web.words.runs import headline, woken
from portal.web.words.steps import step_state
from portal.web.words.troubles import explain

BEAT: Final = 2.0
CODES: Final = {
    UpdateStatus.COMPLETED: DONE,
    UpdateStatus.FAILED: FAILED,
    UpdateStatus.CANCELLED: FAILED,
    UpdateStatus.WAITING: WAITS,
    UpdateStatus.STUCK: STUCK,
}
#: What passes by itself is waited for; a person at the command line can only be told of the rest.
BY_ITSELF: Final = frozenset({WaitingFor.RETRY, WaitingFor.CA})


def follow_to_the_end(console: Console, number: UpdateId) -> None:
    """Print what moves until the update is over or needs somebody; ends the command with its exit code."""
    told: dict[int, StepStatus] = {}
    listener = console.portal.feed.listen(number, beat=BEAT)
    while True:
        progress = _load(console, number)
        if not console.as_json:
            for line in _news(progress, told):
                click.echo(line)
        if _rests(progress) and not woken(progress, console.portal.clock.now()):
            break
        next(listener, None)
    report(console, number)
    click.get_current_context().exit(CODES[progress.update.status])


def report(console: Console, number: UpdateId) -> None:
    """Where the update stands."""
    progress, now = _load(console, number), console.portal.clock.now()
    console.show(progress, lambda: _summary(progress, now))


def _load(console: Console, number: UpdateId) -> UpdateProgress:
    with console.portal.database.read() as connection:
        return update_progress(connection, number)


def _rests(progress: UpdateProgress) -> bool:
    row = progress.update
    waits_for_somebody = row.status is UpdateStatus.WAITING and row.waiting_for not in BY_ITSELF
    return progress.finished or waits_for_somebody or row.status is UpdateStatus.STUCK


def _news(progress: UpdateProgress, told: dict[int, StepStatus]) -> Iterator[str]:
    for step in progress.steps:
        if step.status is not StepStatus.PENDING and told.get(step.seq) is not step.status:
            told[step.seq] = step.status
            yield _line(step)


def _line(step: StepView) -> str:
    return f"{step.seq:3}  {step_state(step.status):12}  {sentence_of(step)}"


def _summary(progress: UpdateProgress, now: datetime) -> Iterator[str]:
    row = progress.update
    yield f"update {row.id} of {row.serial}: {headline(progress, now)} ({row.done} of {row.steps} steps)"
    cause = row.why or progress.unwinding
    if cause is not None and row.status is not UpdateStatus.COMPLETED:
        said = explain(cause)
        yield f"{said.title}. {said.reason} {said.next_step}"
