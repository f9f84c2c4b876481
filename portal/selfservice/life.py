"""Switching one's own token off and on, and reporting that it is lost, broken or in wrong hands."""

from typing import Final

from flask import Response, flash
from flask_login import current_user

from portal.db.queries.views import DeviceRow
from portal.domain.device_life import RevocationReason
from portal.domain.ids import DeviceId
from portal.domain.permissions import Permission
from portal.domain.self_service import SelfServiceRule
from portal.selfservice.blueprint import bp
from portal.selfservice.forms import ReportForm
from portal.web.access import requires
from portal.web.current import portal
from portal.web.loading import device_of
from portal.web.pages import page_or_fragment, see_other
from portal.web.sides import side_url
from portal.web.translate import gettext as _

SUSPENSION: Final = "selfservice/devices/suspension.html"
REPORT: Final = "selfservice/devices/report.html"


@bp.get("/devices/<int:device_id>/suspension")
@requires(Permission.SELF_DEVICES_SUSPEND)
def suspension(device_id: int) -> Response:
    """What switching off or on means, and the button."""
    device = _own(device_id, SelfServiceRule.SUSPEND)
    return page_or_fragment(SUSPENSION, SUSPENSION, device=device)


@bp.post("/devices/<int:device_id>/suspension")
@requires(Permission.SELF_DEVICES_SUSPEND)
def suspend_device(device_id: int) -> Response:
    """Switch it off."""
    device_of(device_id)
    portal().own_devices.suspend(DeviceId(device_id), actor=current_user.login)
    return _back(device_id, _("The token is switched off"))


@bp.post("/devices/<int:device_id>/resumption")
@requires(Permission.SELF_DEVICES_SUSPEND)
def resume_device(device_id: int) -> Response:
    """Switch it on again."""
    device_of(device_id)
    portal().own_devices.resume(DeviceId(device_id), actor=current_user.login)
    return _back(device_id, _("The token is switched on"))


@bp.get("/devices/<int:device_id>/revocation")
@requires(Permission.SELF_DEVICES_REVOKE)
def report(device_id: int) -> Response:
    """What reporting means, and the form."""
    return _report_page(_own(device_id, SelfServiceRule.REVOKE), ReportForm(formdata=None))


@bp.post("/devices/<int:device_id>/revocation")
@requires(Permission.SELF_DEVICES_REVOKE)
def report_device(device_id: int) -> Response:
    """Revoke it for the reason that was chosen."""
    device, form = _own(device_id, SelfServiceRule.REVOKE), ReportForm()
    if not form.validate():
        return _report_page(device, form, 422)
    reason, comment = RevocationReason(form.reason.data), form.comment.data or ""
    portal().own_devices.report(DeviceId(device_id), reason, actor=current_user.login, comment=comment)
    return _back(device_id, _("The token is reported: its certificates are being revoked"))


def _own(device_id: int, rule: SelfServiceRule) -> DeviceRow:
    device = device_of(device_id)
    portal().own_devices.demand(device.id, rule)
    return device


def _report_page(device: DeviceRow, form: ReportForm, status: int = 200) -> Response:
    return page_or_fragment(REPORT, REPORT, status=status, device=device, form=form)


def _back(device_id: int, said: str) -> Response:
    flash(said, "fine")
    return see_other(side_url("show_device", device_id=device_id))
