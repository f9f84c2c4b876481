"""A run as its page shows it, from the order to the summary: one value, built by one function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.db.queries.update_progress import UpdateProgress
from portal.db.queries.updates import UpdateRow
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.domain.update_steps import StepKind
from portal.web.identity_step import IdentityStep
from portal.web.sides import side, side_url
from portal.web.views_dialog import IDENTITY, RESULT, RUN, TRACKING, Presence, Stage, run_subtitle, stages
from portal.web.views_help import CANCELLABLE, Rights, RunForms, RunHelp, remote_help, run_help
from portal.web.views_outcome import FoundCertificate, OutcomeGroup, outcome_groups
from portal.web.views_plan import foreign_found
from portal.web.views_remote import RemoteRun
from portal.web.views_steps import StepLine, step_lines
from portal.web.words.runs import headline, run_icon, run_kind, run_title, verdict


@dataclass(frozen=True, slots=True)
class RunLinks:
    """Where the dialog's forms and streams go."""

    close: str
    events: str
    progress: str
    pin: str
    cancellation: str
    settlement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """Everything the dialog shows of a run."""

    row: UpdateRow
    title: str
    sequence: int
    stage: str
    stages: tuple[Stage, ...]
    headline: str
    verdict: str
    kind: str
    icon: str
    steps: tuple[StepLine, ...]
    help: RunHelp
    started_by_other: bool
    may_cancel: bool
    foreign: tuple[FoundCertificate, ...]
    outcome: tuple[OutcomeGroup, ...]
    links: RunLinks
    tracking_href: str
    again_href: str
    identity: IdentityStep | None
    remote: RemoteRun | None

    @property
    def mark(self) -> str:
        """What is shown beside the journal, in short: of a run at a workstation more moves than its steps."""
        return self.remote.mark if self.remote is not None else ""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return not self.row.status.active

    @property
    def subtitle(self) -> str:
        """Which device, and whose."""
        return run_subtitle(self.row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the page knows beside the journal."""

    now: datetime
    rights: Rights
    presence: Callable[[], Presence]  # asked only of a run that waits for its token
    ticket_alive: bool
    foreign: tuple[FoundCertificate, ...] = ()
    issued: Sequence[tuple[str, str]] = ()
    forms: RunForms
    identity: IdentityStep | None = None
    remote: RemoteRun | None = None


def run_view(progress: UpdateProgress, around: Around) -> RunView:
    """The run in words."""
    row, rights, remote = progress.update, around.rights, around.remote
    stage = _stage(progress, around)
    tracking = stage == TRACKING or (rights.track and foreign_found(progress.findings))
    return RunView(
        row=row,
        title=run_title(row.kind),
        sequence=progress.sequence,
        stage=stage,
        stages=stages(stage, tracking=tracking, identity=_asks_registers(progress), remote=remote is not None),
        headline=headline(progress, around.now, remote=remote is not None),
        verdict=verdict(row),
        kind=run_kind(progress),
        icon=run_icon(row.status),
        steps=step_lines(progress),
        help=_help(progress, around),
        started_by_other=row.status.active and row.ordered_by != rights.login,
        may_cancel=rights.cancel and _stoppable(progress),
        foreign=around.foreign,
        outcome=outcome_groups(progress, dict(around.issued)) if progress.finished else (),
        links=_links(row, progress.sequence, remote.mark if remote is not None else ""),
        tracking_href=side_url("track_after_update", update_id=row.id),
        again_href=_again(row, rights),
        identity=around.identity,
        remote=remote,
    )


def _asks_registers(progress: UpdateProgress) -> bool:
    return any(step.kind == StepKind.CHECK_IDENTITY for step in progress.steps)


def _stoppable(progress: UpdateProgress) -> bool:
    row = progress.update
    return progress.unwinding is None and row.status in CANCELLABLE and not row.cancel_requested


def _help(progress: UpdateProgress, around: Around) -> RunHelp:
    if around.remote is not None:
        return remote_help(progress, around.rights, around.forms, now=around.now)
    found = run_help(progress, around.rights, around.forms, ticket_alive=around.ticket_alive, now=around.now)
    return found.beside(around.presence()) if found.needs_token else found


def _again(row: UpdateRow, rights: Rights) -> str:
    undone = row.kind is RunKind.UPDATE and row.status in {UpdateStatus.FAILED, UpdateStatus.CANCELLED}
    return side_url("new_update", device_id=row.device_id) if undone and rights.order else ""


def _links(row: UpdateRow, sequence: int, mark: str) -> RunLinks:
    seen: dict[str, Any] = {"after": sequence, **({"mark": mark} if mark else {})}
    return RunLinks(
        close=side_url("show_device", device_id=row.device_id),
        events=side_url("update_events", update_id=row.id, **seen),
        progress=side_url("update_progress", update_id=row.id, **seen),
        pin=side_url("enter_pin", update_id=row.id),
        cancellation=side_url("cancel_update", update_id=row.id),
        settlement=side_url("settle_update", update_id=row.id) if side().settle else "",
    )


def _stage(progress: UpdateProgress, around: Around) -> str:
    if not progress.finished:
        return IDENTITY if around.identity is not None else RUN
    completed = progress.update.status is UpdateStatus.COMPLETED
    return TRACKING if completed and around.foreign and around.rights.track else RESULT
