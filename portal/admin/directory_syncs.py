"""Synchronizations with directories: ordered, followed, looked through, confirmed when many would leave."""

from typing import Final

from flask import Response, current_app, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.connectors import connector_card
from portal.db.queries.directory_syncs import LineFilter, devices_due, sync_lines
from portal.domain.directory_sync import SyncEvent
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import ConnectorId
from portal.domain.permissions import Permission
from portal.services.directory_sync import SyncView, SyncWish
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_syncs import ConfirmForm
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.sessions import still_allowed
from portal.web.sse import Stream, event_stream, last_event_id
from portal.web.views_sync_lines import LineList, line_list
from portal.web.views_syncs import Shown, SyncPage, sync_page, sync_rows
from portal.web.words.errors import of_error

PROGRESS: Final = "admin/syncs/_progress.html"
LINES: Final = "admin/syncs/_lines.html"
_LIST: Final = 100


@bp.get("/connectors/<int:connector_id>/syncs")
@requires(Permission.CONNECTORS_READ)
def connector_syncs(connector_id: int) -> Response:
    """The last ones of a directory."""
    with portal().database.read() as connection:
        card = connector_card(connection, ConnectorId(connector_id))
    rows = sync_rows(portal().directory_syncs.of(card.row.id, _LIST), portal().clock.now())
    return page_or_fragment("admin/syncs/list.html", "admin/syncs/_list.html", rows=rows, connector=card.row)


@bp.post("/connectors/<int:connector_id>/syncs")
@requires(Permission.CONNECTORS_MANAGE)
def order_sync(connector_id: int) -> Response:
    """Have it read now, or see what that would do."""
    wish = SyncWish(dry="dry" in request.form, whole="whole" in request.form)
    number = portal().directory_syncs.order(ConnectorId(connector_id), wish, actor=current_user.login)
    return see_other(url_for("admin.show_sync", sync_id=number))


@bp.get("/connectors/syncs/<int:sync_id>")
@requires(Permission.CONNECTORS_READ)
def show_sync(sync_id: int) -> Response:
    """How far it is, and what became of whom."""
    return _show(sync_id)


@bp.get("/connectors/syncs/<int:sync_id>/progress")
@requires(Permission.CONNECTORS_READ)
def sync_progress(sync_id: int) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    view = _view(sync_id)
    if not wants_fragment():
        return see_other(view.href)
    if view.sequence <= last_event_id():
        return Response(status=204)
    return page_or_fragment(PROGRESS, PROGRESS, progress=view)


@bp.get("/connectors/syncs/<int:sync_id>/events")
@requires(Permission.CONNECTORS_READ)
def sync_events(sync_id: int) -> Response:
    """The stream of the same fragment."""
    feed, allowed = portal().sync_feed, still_allowed(Permission.CONNECTORS_READ, reach())
    _view(sync_id)
    stream = Stream(lambda beat: feed.listen(sync_id, beat=beat), PROGRESS, lambda: _view(sync_id), allowed)
    return event_stream(stream, cap=current_app.extensions["stream_cap"], person=current_user.id)


@bp.post("/connectors/syncs/<int:sync_id>/confirmation")
@requires(Permission.CONNECTORS_MANAGE)
def confirm_sync(sync_id: int) -> Response:
    """Let those go whom it told of, this once."""
    form = ConfirmForm()
    try:
        number = portal().directory_syncs.confirm(sync_id, form.reason.data or "", actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _show(sync_id, form, status=422)
    except Conflict as conflict:
        return _show(sync_id, form, conflict=conflict, status=409)
    return see_other(url_for("admin.show_sync", sync_id=number))


def _show(
    sync_id: int, form: ConfirmForm | None = None, *, conflict: Conflict | None = None, status: int = 200
) -> Response:
    view = _view(sync_id, form, conflict)
    fragment = LINES if request.method == "GET" and view.lines else PROGRESS
    return page_or_fragment("admin/syncs/show.html", fragment, status=status, progress=view)


def _view(sync_id: int, form: ConfirmForm | None = None, conflict: Conflict | None = None) -> SyncPage:
    sync = portal().directory_syncs.get(sync_id)
    with portal().database.read() as connection:
        card = connector_card(connection, sync.connector)
        due = devices_due(connection, sync_id) if sync.state.over else 0
    shown = Shown(
        due=due,
        may_order=bool(current_user.may(Permission.CONNECTORS_MANAGE)),
        form=form or ConfirmForm(),
        lines=_lines(sync) if sync.state.over else None,
        conflict=of_error(conflict) if conflict else None,
    )
    return sync_page(sync, card, shown)


def _lines(sync: SyncView) -> LineList:
    """What became of whom."""
    chosen, after = request.args.get("event", ""), None
    if request.endpoint == "admin.show_sync":
        after = request.args.get("after") or None  # of the stream it is another number
    event = SyncEvent(chosen) if chosen in set(SyncEvent) else None
    wanted = LineFilter(event, request.args.get("q", "").strip()[:100])
    with portal().database.read() as connection:
        page = sync_lines(connection, sync.id, wanted, after=after)
    return line_list(sync, wanted, page, later=after is not None)
