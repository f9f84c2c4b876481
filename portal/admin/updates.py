"""Updates: the list, one run, its progress as a fragment and as a stream."""

from typing import Final

from flask import Response, current_app, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.updates import UpdateFilter, list_updates
from portal.domain.ids import UpdateId
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.running import run_of
from portal.web.sessions import still_allowed
from portal.web.sse import Stream, event_stream, last_event_id
from portal.web.views_updates import read_statuses, update_list

PAGE: Final = "updates/dialog_page.html"
RUN: Final = "updates/_show.html"
PROGRESS: Final = "updates/_progress.html"


@bp.get("/updates")
@requires(Permission.UPDATES_READ)
def updates() -> Response:
    """Updates, newest first."""
    wanted = UpdateFilter(statuses=read_statuses(request.args.get("status", "")))
    with portal().database.read() as connection:
        page = list_updates(connection, wanted, after=request.args.get("after") or None)
    return page_or_fragment("admin/updates/list.html", "admin/updates/_list.html", list=update_list(page))


@bp.get("/updates/<int:update_id>")
@requires(Permission.UPDATES_READ)
def show_update(update_id: int) -> Response:
    """One run: under way, waiting, tracking or its summary."""
    return page_or_fragment(PAGE, RUN, progress=run_of(update_id), fragment=RUN)


@bp.get("/updates/<int:update_id>/progress")
@requires(Permission.UPDATES_READ)
def update_progress(update_id: int) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    if not wants_fragment():
        return see_other(url_for("admin.show_update", update_id=update_id))
    view = run_of(update_id)
    if view.sequence <= last_event_id():
        return Response(status=204)
    return page_or_fragment(PROGRESS, PROGRESS, progress=view)


@bp.get("/updates/<int:update_id>/events")
@requires(Permission.UPDATES_READ)
def update_events(update_id: int) -> Response:
    """The stream of the same fragment."""
    run_of(update_id)  # an update that does not exist has no stream
    stream = Stream(UpdateId(update_id), PROGRESS, lambda: run_of(update_id), still_allowed(Permission.UPDATES_READ))
    cap = current_app.extensions["stream_cap"]
    return event_stream(stream, portal().feed, cap=cap, person=current_user.id)
