"""The step of an update at which registers of the state are asked about the holder of a device."""

from flask import Response

from portal.admin.blueprint import bp
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.dialog import identity


@bp.get("/updates/<int:update_id>/identity")
@requires(Permission.IDENTITY_ASK)
def show_identity_step(update_id: int) -> Response:
    """The form, with everything that is known already."""
    return identity.identity_page(update_id)


@bp.post("/updates/<int:update_id>/identity")
@requires(Permission.IDENTITY_ASK)
def ask_identity(update_id: int) -> Response:
    """Ask the registers; the update goes on by itself when they have confirmed."""
    return identity.ask_registers(update_id)


@bp.post("/updates/<int:update_id>/identity/repetition")
@requires(Permission.IDENTITY_ASK)
def repeat_identity(update_id: int) -> Response:
    """Ask every register once more that has not answered."""
    return identity.repeat_silent(update_id)
