"""Updates of one's own devices: their history, one run, its progress as a fragment and as a stream, the PIN, stop."""

from flask import Response, request

from portal.db.queries.updates import UpdateFilter, list_updates
from portal.domain.permissions import Permission
from portal.selfservice.blueprint import bp
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.dialog import acting, following
from portal.web.pages import page_or_fragment
from portal.web.views_updates import update_list


@bp.get("/updates")
@requires(Permission.SELF_DEVICES_READ)
def updates() -> Response:
    """What was done with one's own devices, newest first."""
    with portal().database.read() as connection:
        after = request.args.get("after") or None
        page = list_updates(connection, UpdateFilter(), after=after, reach=reach())
    view = update_list(page, portal().clock.now())
    return page_or_fragment("selfservice/updates/list.html", "selfservice/updates/_list.html", list=view)


@bp.get("/updates/<int:update_id>")
@requires(Permission.SELF_DEVICES_READ)
def show_update(update_id: int) -> Response:
    """One run: under way, waiting, tracking or its summary."""
    return following.run_page(update_id)


@bp.get("/updates/<int:update_id>/progress")
@requires(Permission.SELF_DEVICES_READ)
def update_progress(update_id: int) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    return following.progress_fragment(update_id)


@bp.get("/updates/<int:update_id>/events")
@requires(Permission.SELF_DEVICES_READ)
def update_events(update_id: int) -> Response:
    """The stream of the same fragment."""
    return following.progress_stream(update_id)


@bp.post("/updates/<int:update_id>/pin")
@requires(Permission.SELF_UPDATES_ORDER)
def enter_pin(update_id: int) -> Response:
    """The PIN once more; the run goes on as soon as the token is there."""
    return acting.pin_again(update_id)


@bp.post("/updates/<int:update_id>/cancellation")
@requires(Permission.SELF_UPDATES_CANCEL)
def cancel_update(update_id: int) -> Response:
    """Stop after the step under way and undo what its item began."""
    return acting.cancel_run(update_id)
