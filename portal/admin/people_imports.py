"""People come from a file: chosen, checked and taken over by a worker, followed while that goes on."""

from typing import Final

from flask import Response, current_app, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.policies import recipe_attributes
from portal.domain.errors import Conflict
from portal.domain.people_table import BadTable
from portal.domain.permissions import Permission
from portal.services.people_import import LARGEST, Upload
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.sessions import still_allowed
from portal.web.sse import Stream, event_stream, last_event_id
from portal.web.translate import gettext as _
from portal.web.uploads import takes_file
from portal.web.views_import import ImportPage, import_page, upload_page
from portal.web.words.directory import in_line
from portal.web.words.errors import of_error

FILE: Final = "admin/people/_file.html"


@bp.get("/people/import")
@requires(Permission.PEOPLE_IMPORT)
def import_people() -> Response:
    """Which file."""
    return _choose()


@bp.post("/people/import")
@requires(Permission.PEOPLE_IMPORT)
@takes_file(LARGEST)
def keep_people() -> Response:
    """Keep the file and have it checked."""
    file = request.files.get("file")
    raw = file.read() if file else b""
    if file is None or not raw:
        return _choose(in_line("no_file"))
    try:
        token = portal().people_imports.keep(raw, file.filename or "", _further(), owner=current_user.login)
    except BadTable as bad:
        return _choose(in_line(bad.fields["file"], bad.line))
    return see_other(url_for("admin.look_at_import", token=token))


@bp.get("/people/import/<token>")
@requires(Permission.PEOPLE_IMPORT)
def look_at_import(token: str) -> Response:
    """How far it is: being checked, what it would do, being taken over, over."""
    return _page(_view(_upload(token)))


@bp.get("/people/import/<token>/progress")
@requires(Permission.PEOPLE_IMPORT)
def import_progress(token: str) -> Response:
    """The fragment for pages without a stream; nothing when they have the newest already."""
    if not wants_fragment():
        return see_other(url_for("admin.look_at_import", token=token))
    view = _view(_upload(token))
    return Response(status=204) if view.sequence <= last_event_id() else _page(view)


@bp.get("/people/import/<token>/events")
@requires(Permission.PEOPLE_IMPORT)
def import_events(token: str) -> Response:
    """The stream of the same fragment."""
    number, feed = _upload(token).id, portal().import_feed
    allowed = still_allowed(Permission.PEOPLE_IMPORT, reach())
    stream = Stream(lambda beat: feed.listen(number, beat=beat), FILE, lambda: _view(_upload(token)), allowed)
    return event_stream(stream, cap=current_app.extensions["stream_cap"], person=current_user.id)


@bp.post("/people/import/<token>")
@requires(Permission.PEOPLE_IMPORT)
def understand_people(token: str) -> Response:
    """Check it again, with columns that mean something else."""
    upload = _upload(token)
    try:
        portal().people_imports.understand(upload, request.form.getlist("column"), _further())
    except Conflict as conflict:
        return _refused(upload, conflict)
    return see_other(url_for("admin.look_at_import", token=token))


@bp.post("/people/import/<token>/confirmation")
@requires(Permission.PEOPLE_IMPORT)
def confirm_people(token: str) -> Response:
    """Have it taken over."""
    upload, shown = _upload(token), request.form.get("fingerprint", "")
    try:
        portal().people_imports.confirm(upload, shown, leave_out="leave_out" in request.form)
    except Conflict as conflict:
        return _refused(upload, conflict)
    return see_other(url_for("admin.look_at_import", token=token))


@bp.post("/people/import/<token>/discard")
@requires(Permission.PEOPLE_IMPORT)
def discard_people(token: str) -> Response:
    """Forget the file."""
    upload = _upload(token)
    try:
        portal().people_imports.discard(upload)
    except Conflict as conflict:
        return _refused(upload, conflict)
    flash(_("The file is forgotten"), "neutral")
    return see_other(url_for("admin.import_people"))


def _upload(token: str) -> Upload:
    return portal().people_imports.opened(token, owner=current_user.login)


def _further() -> list[str]:
    with portal().database.read() as connection:
        return sorted(recipe_attributes(connection))


def _choose(fault: str = "") -> Response:
    status = 422 if fault else 200
    view = upload_page(portal().people_imports.of_owner(current_user.login), portal().clock.now(), fault)
    return page_or_fragment("admin/people/import.html", "admin/people/_upload.html", upload=view, status=status)


def _view(upload: Upload, conflict: Conflict | None = None) -> ImportPage:
    return import_page(upload, _further(), of_error(conflict) if conflict else None)


def _page(view: ImportPage, status: int = 200) -> Response:
    return page_or_fragment("admin/people/file.html", FILE, status=status, progress=view)


def _refused(upload: Upload, conflict: Conflict) -> Response:
    """The page as it is now, with why not."""
    return _page(_view(_upload(upload.token), conflict), 409)
