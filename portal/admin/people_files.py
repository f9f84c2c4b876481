"""People come from a file and go into one."""

from typing import Final

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.people_export import export_people
from portal.db.queries.policies import recipe_attributes
from portal.db.queries.units import narrowed
from portal.domain.attributes import KNOWN_ATTRIBUTES
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict
from portal.domain.people_columns import OTHERS
from portal.domain.people_table import BadTable
from portal.domain.permissions import Permission
from portal.domain.person_data import IDENTITY
from portal.services.people_import import LARGEST, Upload
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.downloads import csv_download
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.uploads import takes_file
from portal.web.views_import import import_page, title, upload_page
from portal.web.views_people import people_filter
from portal.web.words.directory import in_line
from portal.web.words.errors import Said, of_error

#: What identifies a person to the state stays here.
EXPORTED: Final = (*(name for name in KNOWN_ATTRIBUTES if name not in IDENTITY), *OTHERS)


@bp.get("/people/import")
@requires(Permission.PEOPLE_IMPORT)
def import_people() -> Response:
    """Which file."""
    return _choose()


@bp.post("/people/import")
@requires(Permission.PEOPLE_IMPORT)
@takes_file(LARGEST)
def keep_people() -> Response:
    """Keep the file and show what it would do."""
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
    """What the file would do."""
    return _look(_upload(token))


@bp.post("/people/import/<token>")
@requires(Permission.PEOPLE_IMPORT)
def understand_people(token: str) -> Response:
    """Let the columns mean something else."""
    portal().people_imports.understand(_upload(token), request.form.getlist("column"), _further())
    return see_other(url_for("admin.look_at_import", token=token))


@bp.post("/people/import/<token>/confirmation")
@requires(Permission.PEOPLE_IMPORT)
def confirm_people(token: str) -> Response:
    """Take the file over."""
    upload, shown = _upload(token), request.form.get("fingerprint", "")
    leave_out = "leave_out" in request.form
    try:
        done = portal().people_imports.take_over(upload, shown, leave_out=leave_out, actor=current_user.login)
    except Conflict as conflict:
        return _look(upload, of_error(conflict), 409)
    flash(_("Imported: %(added)s new, %(changed)s changed", added=len(done.added), changed=len(done.changed)), "fine")
    return see_other(url_for("admin.people"))


@bp.post("/people/import/<token>/discard")
@requires(Permission.PEOPLE_IMPORT)
def discard_people(token: str) -> Response:
    """Forget the file."""
    portal().people_imports.discard(_upload(token).token, owner=current_user.login)
    flash(_("Nothing was imported"), "neutral")
    return see_other(url_for("admin.import_people"))


@bp.get("/people/export")
@requires(Permission.PEOPLE_EXPORT)
def people_export() -> Response:
    """The people of the list as a file; sent while it is read."""
    wanted = people_filter()
    with portal().database.read() as connection:
        within = narrowed(connection, reach(), wanted.unit) if wanted.unit else reach()
    told = {"filter": request.query_string.decode()[:200], "columns": ", ".join(EXPORTED)[:200]}
    portal().audit.record(AuditTag.PEOPLE_EXPORTED, actor=current_user.login, subject="people:export", **told)
    rows = export_people(portal().database, wanted.text, active=wanted.active, reach=within)
    lines = ([row.get(name, "") for name in EXPORTED] for row in rows)
    return csv_download("people.csv", [title(name) for name in EXPORTED], lines)


def _upload(token: str) -> Upload:
    return portal().people_imports.opened(token, owner=current_user.login)


def _further() -> list[str]:
    with portal().database.read() as connection:
        return sorted(recipe_attributes(connection))


def _choose(fault: str = "") -> Response:
    status = 422 if fault else 200
    view = upload_page(fault)
    return page_or_fragment("admin/people/import.html", "admin/people/_upload.html", upload=view, status=status)


def _look(upload: Upload, conflict: Said | None = None, status: int = 200) -> Response:
    view = import_page(upload, portal().people_imports.decide(upload), _further(), conflict)
    return page_or_fragment("admin/people/preview.html", "admin/people/_preview.html", file=view, status=status)
