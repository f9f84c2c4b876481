"""Registers outside that are behind: the list, telling one now, and settling what somebody found out there."""

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.admin.operation_pages import done
from portal.db.queries.registers import registers_behind
from portal.domain.errors import NotFound
from portal.domain.permissions import Permission
from portal.domain.policy import Register
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.loading import device_of
from portal.web.pages import page_or_fragment
from portal.web.translate import gettext as _
from portal.web.views_registers import behind_list


@bp.get("/registers")
@requires(Permission.DEVICES_READ)
def registers() -> Response:
    """Devices whose registers have not taken what they were told."""
    with portal().database.read() as connection:
        page = registers_behind(connection, after=request.args.get("after") or None, reach=reach())
    view = behind_list(page, portal().clock.now())
    return page_or_fragment("admin/registers/list.html", "admin/registers/_list.html", list=view)


@bp.post("/devices/<int:device_id>/registers/<kind>/repetition")
@requires(Permission.UPDATES_ORDER)
def repeat_register(device_id: int, kind: str) -> Response:
    """Have the register told now; it may have been told since the page was drawn, and that is as good."""
    device, register = device_of(device_id), _register(kind)
    told = portal().register_telling.repeat(device.id, register, actor=current_user.login)
    return done(device_id, _("The register is being told") if told else _("The register is in step already"))


@bp.post("/devices/<int:device_id>/registers/<kind>/settlement")
@requires(Permission.UPDATES_SETTLE)
def settle_register(device_id: int, kind: str) -> Response:
    """It is there as it shall be: somebody has looked."""
    device, register = device_of(device_id), _register(kind)
    portal().register_telling.settle(device.id, register, actor=current_user.login)
    return done(device_id, _("The register counts as told"))


def _register(kind: str) -> Register:
    if kind not in set(Register):
        raise NotFound("register", id=kind)
    return Register(kind)
