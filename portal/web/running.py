"""One run with everything its page needs, for this visitor."""

from flask_login import current_user

from portal.db.queries.device_card import device_card
from portal.db.queries.update_progress import UpdateProgress, update_progress
from portal.domain.permissions import Permission
from portal.domain.update_state import UpdateStatus
from portal.web.current import portal
from portal.web.views_dialog import presence_of
from portal.web.views_help import Rights, RunForms
from portal.web.views_outcome import FoundCertificate, issued_details, undecided
from portal.web.views_run import Around, RunView, run_view


def run_of(update_id: int, forms: RunForms | None = None) -> RunView:
    """The run as it stands now; raises NotFound."""
    with portal().database.read() as connection:
        progress = update_progress(connection, update_id)
    foreign, issued = _afterwards(progress)
    around = Around(
        now=portal().clock.now(),
        rights=_rights(),
        presence=presence_of(progress.update.device_id, progress.update.serial, portal().watch),
        ticket_alive=not progress.finished and portal().tickets.alive(progress.update.id),
        foreign=foreign,
        issued=issued,
        forms=forms or RunForms(),
    )
    return run_view(progress, around)


def _afterwards(progress: UpdateProgress) -> tuple[tuple[FoundCertificate, ...], tuple[tuple[str, str], ...]]:
    # only a completed update has something to decide about or to tell of
    row = progress.update
    if row.status is not UpdateStatus.COMPLETED:
        return (), ()
    with portal().database.read() as connection:
        card = device_card(connection, row.device_id, portal().clock.now())
    latest = bool(card.updates) and card.updates[0].id == row.id
    foreign = undecided(card.findings, card.certificates) if latest else ()
    return foreign, issued_details(card.certificates, row.id)


def _rights() -> Rights:
    may = current_user.may
    return Rights(
        login=current_user.login,
        order=may(Permission.UPDATES_ORDER),
        cancel=may(Permission.UPDATES_CANCEL),
        settle=may(Permission.UPDATES_SETTLE),
        track=may(Permission.TRACKING_CHOOSE),
    )
