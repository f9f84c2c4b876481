"""The step of an update at which registers of the state are asked about oneself."""

from flask import Response

from portal.domain.permissions import Permission
from portal.selfservice.blueprint import bp
from portal.web.access import requires
from portal.web.dialog import identity


@bp.get("/updates/<int:update_id>/identity")
@requires(Permission.SELF_IDENTITY_ASK)
def show_identity_step(update_id: int) -> Response:
    """The form, with everything that is known already."""
    return identity.identity_page(update_id)


@bp.post("/updates/<int:update_id>/identity")
@requires(Permission.SELF_IDENTITY_ASK)
def ask_identity(update_id: int) -> Response:
    """Ask the registers; the update goes on by itself when they have confirmed."""
    return identity.ask_registers(update_id)
