"""One run with everything its page needs, for this visitor."""

from datetime import datetime
from typing import Final

from flask_login import current_user
from sqlalchemy import Connection

from portal.db.queries.agent_task_rows import task_of_update
from portal.db.queries.agent_tokens import seen_at
from portal.db.queries.device_card import device_card
from portal.db.queries.update_progress import UpdateProgress, update_progress
from portal.domain.ids import DeviceId
from portal.domain.run_kind import RunKind
from portal.domain.update_state import UpdateStatus
from portal.services.self_service import rules_for
from portal.web.access import reach
from portal.web.current import portal
from portal.web.identity_step import identity_step
from portal.web.identity_waiting import IdentityWait, identity_wait
from portal.web.loading import presence_around
from portal.web.sides import may, side
from portal.web.views_dialog import Presence, presence_of
from portal.web.views_help import Rights, RunForms
from portal.web.views_outcome import FoundCertificate, issued_details, undecided
from portal.web.views_plan import foreign_found
from portal.web.views_remote import RemoteRun, remote_run
from portal.web.views_run import Around, RunView, run_view

#: Only these ask for the PIN when its ticket has ended.
ASKS_PIN: Final = frozenset({UpdateStatus.ORDERED, UpdateStatus.WAITING})


def run_of(update_id: int, forms: RunForms | None = None) -> RunView:
    """The run as it stands now; raises NotFound, also for what the visitor may not see."""
    now = portal().clock.now()
    with portal().database.read() as connection:
        progress = update_progress(connection, update_id, reach=reach())
        wait = identity_wait(connection, progress)
        remote = _remote(connection, progress, now)
    foreign, issued = _afterwards(progress)
    around = Around(
        now=now,
        rights=_rights(may_track=_may_track(progress, found=bool(foreign))),
        presence=lambda: _presence(progress),
        ticket_alive=progress.update.status in ASKS_PIN and portal().tickets.alive(progress.update.id),
        foreign=foreign,
        issued=issued,
        forms=forms or RunForms(),
        remote=remote,
        identity=identity_step(wait, may_ask=may(side().ask), now=now) if wait is not None else None,
    )
    return run_view(progress, around)


def identity_wait_of(update_id: int) -> IdentityWait | None:
    """What the run waits for, if it waits for registers of the state; raises NotFound as ``run_of`` does."""
    with portal().database.read() as connection:
        return identity_wait(connection, update_progress(connection, update_id, reach=reach()))


def _presence(progress: UpdateProgress) -> Presence:
    row = progress.update
    return presence_of(row.device_id, row.serial, portal().watch, presence_around(row.serial))


def _remote(connection: Connection, progress: UpdateProgress, now: datetime) -> RemoteRun | None:
    """What there is to know of a run that goes through a workstation."""
    task = task_of_update(connection, progress.update.id)
    if task is None:
        return None
    seen = seen_at(connection, task.serial, now) if task.state.active else ()
    return remote_run(task, seen, now)


def _afterwards(progress: UpdateProgress) -> tuple[tuple[FoundCertificate, ...], tuple[tuple[str, str], ...]]:
    # only a completed update has something to decide about or to tell of
    row = progress.update
    if row.status is not UpdateStatus.COMPLETED:
        return (), ()
    with portal().database.read() as connection:
        card = device_card(connection, row.device_id, portal().clock.now(), reach=reach())
    latest = row.kind is RunKind.UPDATE and bool(card.updates) and card.updates[0].id == row.id
    foreign = undecided(card.findings, card.certificates) if latest else ()
    return foreign, issued_details(card.certificates, row.id)


def _may_track(progress: UpdateProgress, *, found: bool) -> bool:
    if not (may(side().track) and (found or foreign_found(progress.findings))):
        return False
    if not side().by_holder:  # the policy's switch binds the holder alone
        return True
    with portal().database.read() as connection:
        return rules_for(connection, DeviceId(progress.update.device_id)).choose_tracked


def _rights(*, may_track: bool) -> Rights:
    return Rights(
        login=current_user.login,
        order=may(side().order),
        cancel=may(side().cancel),
        settle=may(side().settle),
        leave=may(side().cancel) and not side().by_holder,
        track=may_track,
    )
