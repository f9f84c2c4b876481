"""Disabling, enabling, revoking and withdrawing a device: each a dialog that says what will happen, then a POST."""

from collections.abc import Sequence
from typing import Final

from flask import Response

from portal.admin.blueprint import bp
from portal.admin.operation_pages import about, asked_by, dialog_page, done
from portal.domain.device_life import Operation, RevocationReason
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms_life import LifeForm, RevokeForm
from portal.web.translate import gettext as _
from portal.web.views_operation import About, Asked
from portal.web.words.device_life import order_sentence

ROWS: Final = {"rows": "2"}


@bp.get("/devices/<int:device_id>/suspension")
@requires(Permission.DEVICES_SUSPEND)
def suspension(device_id: int) -> Response:
    """What disabling means."""
    return _page(device_id, Operation.DISABLE, LifeForm(formdata=None))


@bp.post("/devices/<int:device_id>/suspension")
@requires(Permission.DEVICES_SUSPEND)
def suspend_device(device_id: int) -> Response:
    """Disable it."""
    found, form = about(device_id), LifeForm()
    if not form.validate():
        return _page(device_id, Operation.DISABLE, form)
    portal().device_life.disable(found.device.id, **asked_by(form))
    return done(device_id, _("The device is disabled"))


@bp.get("/devices/<int:device_id>/activation")
@requires(Permission.DEVICES_SUSPEND)
def activation(device_id: int) -> Response:
    """What enabling means."""
    return _page(device_id, Operation.ENABLE, LifeForm(formdata=None))


@bp.post("/devices/<int:device_id>/activation")
@requires(Permission.DEVICES_SUSPEND)
def activate_device(device_id: int) -> Response:
    """Enable it again."""
    found, form = about(device_id), LifeForm()
    if not form.validate():
        return _page(device_id, Operation.ENABLE, form)
    portal().device_life.enable(found.device.id, **asked_by(form))
    return done(device_id, _("The device is enabled"))


@bp.get("/devices/<int:device_id>/revocation")
@requires(Permission.DEVICES_REVOKE)
def revocation(device_id: int) -> Response:
    """What revoking means, and why it is done."""
    return _page(device_id, Operation.REVOKE, RevokeForm(formdata=None))


@bp.post("/devices/<int:device_id>/revocation")
@requires(Permission.DEVICES_REVOKE)
def revoke_device(device_id: int) -> Response:
    """Revoke it, with or without the token."""
    found, form = about(device_id), RevokeForm()
    if not form.validate():
        return _page(device_id, Operation.REVOKE, form)
    portal().device_life.revoke(found.device.id, RevocationReason(form.reason.data), **asked_by(form))
    return done(device_id, _("The device is revoked"))


@bp.get("/devices/<int:device_id>/withdrawal")
@requires(Permission.DEVICES_WITHDRAW)
def withdrawal(device_id: int) -> Response:
    """What withdrawing means."""
    return _page(device_id, Operation.WITHDRAW, LifeForm(formdata=None))


@bp.post("/devices/<int:device_id>/withdrawal")
@requires(Permission.DEVICES_WITHDRAW)
def withdraw_device(device_id: int) -> Response:
    """Withdraw it."""
    found, form = about(device_id), LifeForm()
    if not form.validate():
        return _page(device_id, Operation.WITHDRAW, form)
    portal().device_life.withdraw(found.device.id, **asked_by(form))
    return done(device_id, _("The device is withdrawn"))


def _page(device_id: int, operation: Operation, form: LifeForm) -> Response:
    found = about(device_id)
    reason = [Asked(form.reason)] if isinstance(form, RevokeForm) else []
    fields = [*reason, Asked(form.comment, _("Goes into the history and the audit log"), attrs=ROWS)]
    return dialog_page(found, operation, form, lines=_lines(found, operation), fields=fields)


def _lines(found: About, operation: Operation) -> Sequence[str]:
    told = portal().device_life.preview(found.device.id, operation)
    outside = [order_sentence(one.kind, one.target, one.name) for one in told]
    running = [_("The update under way is stopped")] if found.life.standing.running else []
    holder = found.device.holder or _("Nobody")
    return {
        Operation.DISABLE: [*outside, _("It cannot be updated until it is enabled again")],
        Operation.ENABLE: [*outside, _("It may be used and updated again")],
        Operation.REVOKE: [*running, *outside, _("This cannot be taken back: the holder needs new certificates")],
        Operation.WITHDRAW: [
            _("%(holder)s holds the device no more; its history stays", holder=holder),
            _("It becomes clean and may be assigned to somebody else"),
        ],
    }[operation]
