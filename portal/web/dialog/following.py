"""One run from its start to its summary: the page, the fragment and the stream of the same fragment."""

from typing import Final

from flask import Response, current_app, request
from flask_login import current_user

from portal.domain.ids import UpdateId
from portal.web.access import reach
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.running import run_of
from portal.web.sessions import still_allowed
from portal.web.sides import side, side_url
from portal.web.sse import Stream, event_stream, last_event_id
from portal.web.views_help import RunForms

PAGE: Final = "updates/dialog_page.html"
RUN: Final = "updates/_show.html"
PROGRESS: Final = "updates/_progress.html"


def run_page(update_id: int, forms: RunForms | None = None, status: int = 200) -> Response:
    """One run: under way, waiting, tracking or its summary; with a form that came back with mistakes."""
    return page_or_fragment(PAGE, RUN, status=status, progress=run_of(update_id, forms), fragment=RUN)


def progress_fragment(update_id: int) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    if not wants_fragment():
        return see_other(side_url("show_update", update_id=update_id))
    view = run_of(update_id)
    if view.sequence <= last_event_id() and view.mark == request.args.get("mark", ""):
        return Response(status=204)
    return page_or_fragment(PROGRESS, PROGRESS, progress=view)


def progress_stream(update_id: int) -> Response:
    """The stream of the same fragment; an update that does not exist for this visitor has none."""
    run_of(update_id)
    allowed = still_allowed(side().read, reach())
    feed = portal().feed
    stream = Stream(
        lambda beat: feed.listen(UpdateId(update_id), beat=beat), PROGRESS, lambda: run_of(update_id), allowed
    )
    cap = current_app.extensions["stream_cap"]
    return event_stream(stream, cap=cap, person=current_user.id)
