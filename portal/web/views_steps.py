"""Steps of a run as lines: what, in which state, how long, and what helps to understand it."""

from dataclasses import dataclass
from typing import Final

from portal.db.queries.update_progress import StepView, UpdateProgress
from portal.domain.certificate import KeyAlgorithm
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import StepKind
from portal.web.translate import gettext as _
from portal.web.words.dates import duration
from portal.web.words.steps import step_sentence, step_state, unknown_step
from portal.web.words.troubles import trouble_title

IN_DOUBT: Final = frozenset({StepStatus.INTENDED, StepStatus.UNDOING})
ALGORITHMS: Final = {
    KeyAlgorithm.RSA_2048: "RSA-2048",
    KeyAlgorithm.RSA_3072: "RSA-3072",
    KeyAlgorithm.RSA_4096: "RSA-4096",
    KeyAlgorithm.EC_P256: "ECDSA P-256",
    KeyAlgorithm.EC_P384: "ECDSA P-384",
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line; ``look`` chooses its icon and colour."""

    sentence: str
    look: str
    note: str
    detail: str


def step_lines(progress: UpdateProgress) -> tuple[StepLine, ...]:
    """Every step in order."""
    status = progress.update.status
    return tuple(
        StepLine(sentence_of(step), _look(step, status), _note(step, status), _detail(step, status))
        for step in progress.steps
    )


def sentence_of(step: StepView) -> str:
    """What the step does; one of another version of the program keeps its own name."""
    return step_sentence(step.step) if step.step else unknown_step(step.kind)


def current_step(progress: UpdateProgress) -> StepView | None:
    """The step under way, else the next one to come."""
    moving = [step for step in progress.steps if step.status in {*IN_DOUBT, StepStatus.WAITING}]
    coming = [step for step in progress.steps if step.status is StepStatus.PENDING]
    return next(iter([*moving, *coming]), None)


def stuck_step(progress: UpdateProgress) -> str:
    """The step nobody could tell about."""
    step = current_step(progress) if progress.update.status is UpdateStatus.STUCK else None
    return sentence_of(step) if step else ""


def _look(step: StepView, status: UpdateStatus) -> str:
    if step.owed and step.status is StepStatus.DONE:
        return "waiting"
    if step.status in IN_DOUBT and status is UpdateStatus.STUCK:
        return "stuck"
    if step.status in IN_DOUBT and status is UpdateStatus.WAITING:
        return "waiting"
    return step.status.value


def _note(step: StepView, status: UpdateStatus) -> str:
    if step.owed and step.status is StepStatus.DONE:
        return _("told again by itself")
    if step.status in IN_DOUBT and status is UpdateStatus.WAITING:
        return step_state(StepStatus.WAITING)
    if step.status is StepStatus.DONE and step.intended_at and step.finished_at:
        return duration(step.finished_at - step.intended_at)
    return step_state(step.status)


def _detail(step: StepView, status: UpdateStatus) -> str:
    again = step.status is StepStatus.INTENDED and status is UpdateStatus.RUNNING  # what it waited for has come
    if step.why is not None and step.status is not StepStatus.DONE and not again:
        return trouble_title(step.why)
    if step.step and step.step.kind is StepKind.GENERATE_KEY and step.step.algorithm:
        return ALGORITHMS[step.step.algorithm]
    return ""
