"""Updates: the list, one run, its progress as a fragment and as a stream."""

from flask import Response, request

from portal.admin.blueprint import bp
from portal.db.queries.updates import UpdateFilter, list_updates
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.dialog import following
from portal.web.pages import page_or_fragment
from portal.web.views_updates import read_statuses, update_list


@bp.get("/updates")
@requires(Permission.UPDATES_READ)
def updates() -> Response:
    """Updates, newest first."""
    wanted = UpdateFilter(statuses=read_statuses(request.args.get("status", "")))
    with portal().database.read() as connection:
        page = list_updates(connection, wanted, after=request.args.get("after") or None, reach=reach())
    view = update_list(page, portal().clock.now())
    return page_or_fragment("admin/updates/list.html", "admin/updates/_list.html", list=view)


@bp.get("/updates/<int:update_id>")
@requires(Permission.UPDATES_READ)
def show_update(update_id: int) -> Response:
    """One run: under way, waiting, tracking or its summary."""
    return following.run_page(update_id)


@bp.get("/updates/<int:update_id>/progress")
@requires(Permission.UPDATES_READ)
def update_progress(update_id: int) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    return following.progress_fragment(update_id)


@bp.get("/updates/<int:update_id>/events")
@requires(Permission.UPDATES_READ)
def update_events(update_id: int) -> Response:
    """The stream of the same fragment."""
    return following.progress_stream(update_id)
