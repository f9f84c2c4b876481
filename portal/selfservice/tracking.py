"""Certificates from elsewhere on one's own token: which of them to watch."""

from flask import Response

from portal.domain.permissions import Permission
from portal.selfservice.blueprint import bp
from portal.web.access import requires
from portal.web.dialog import tracking


@bp.get("/devices/<int:device_id>/tracking")
@requires(Permission.SELF_TRACKING_CHOOSE)
def device_tracking(device_id: int) -> Response:
    """The choice alone, when nothing is to be written to the token."""
    return tracking.tracking_page(device_id)


@bp.post("/devices/<int:device_id>/tracking")
@requires(Permission.SELF_TRACKING_CHOOSE)
def track_on_device(device_id: int) -> Response:
    """Keep the choice and go back to the device."""
    return tracking.track_on_device(device_id)


@bp.post("/updates/<int:update_id>/tracking")
@requires(Permission.SELF_TRACKING_CHOOSE)
def track_after_update(update_id: int) -> Response:
    """Keep the choice and show the summary."""
    return tracking.track_after_update(update_id)
