"""The first two steps of an update of one's own device: the plan, then the PIN that starts it."""

from flask import Response

from portal.domain.permissions import Permission
from portal.selfservice.blueprint import bp
from portal.web.access import requires
from portal.web.dialog import ordering, remote


@bp.get("/devices/<int:device_id>/updates/new")
@requires(Permission.SELF_UPDATES_ORDER)
def new_update(device_id: int) -> Response:
    """Step 1: why, and exactly what will change."""
    return ordering.plan_page(device_id)


@bp.get("/devices/<int:device_id>/updates/pin")
@requires(Permission.SELF_UPDATES_ORDER)
def pin_step(device_id: int) -> Response:
    """Step 2: the token and its PIN."""
    return ordering.pin_page(device_id)


@bp.post("/devices/<int:device_id>/updates")
@requires(Permission.SELF_UPDATES_ORDER)
def order_update(device_id: int) -> Response:
    """Order the update and hand over its PIN."""
    return ordering.order_update(device_id)


@bp.get("/devices/<int:device_id>/updates/agent")
@requires(Permission.SELF_UPDATES_ORDER)
def agent_step(device_id: int) -> Response:
    """Step 2 of an update at a workstation: what the person there is told, and until when."""
    return remote.agent_page(device_id)


@bp.post("/devices/<int:device_id>/updates/agent")
@requires(Permission.SELF_UPDATES_ORDER)
def order_at_agent(device_id: int) -> Response:
    """Order the update at a workstation."""
    return remote.order_at_agent(device_id)
