"""Certificates somebody else put on a token: which of them to watch."""

from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.db.queries.device_card import device_card
from portal.domain.ids import DeviceId
from portal.web.access import reach
from portal.web.current import portal
from portal.web.loading import device_of
from portal.web.pages import page_or_fragment, see_other, whole_page
from portal.web.running import run_of
from portal.web.sides import side, side_url
from portal.web.views_outcome import undecided
from portal.web.views_tracking import tracking_step

PAGE: Final = "updates/dialog_page.html"
FRAGMENT: Final = "updates/_only_tracking.html"


def tracking_page(device_id: int) -> Response:
    """The choice alone, when nothing is to be written to the token."""
    with portal().database.read() as connection:
        rows = device_card(connection, device_id, portal().clock.now(), reach=reach())
    view = tracking_step(rows.row, undecided(rows.findings, rows.certificates))
    return page_or_fragment(PAGE, FRAGMENT, progress=view, fragment=FRAGMENT)


def track_on_device(device_id: int) -> Response:
    """Keep the choice and go back to the device."""
    _keep(device_id)
    return whole_page(side_url("show_device", device_id=device_id))  # no step follows: the dialog is over


def track_after_update(update_id: int) -> Response:
    """Keep the choice and show the summary."""
    _keep(run_of(update_id).row.device_id)
    return see_other(side_url("show_update", update_id=update_id))


def _keep(device_id: int) -> None:
    device_of(device_id)
    shown = frozenset(request.form.getlist("shown"))
    chosen = frozenset() if "none" in request.form else shown & frozenset(request.form.getlist("tracked"))
    portal().updates.track_foreign(
        DeviceId(device_id),
        tracked=chosen,
        declined=shown - chosen,
        actor=current_user.login,
        by_holder=side().by_holder,
    )
