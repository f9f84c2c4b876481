"""The audit log: read, narrowed, taken away as a file."""

from datetime import UTC, datetime
from typing import Final

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.audit import AuditRow, every_line, list_audit
from portal.db.queries.audit_names import names_of
from portal.domain.audit import AuditTag
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.downloads import csv_download, json_download
from portal.web.pages import page_or_fragment
from portal.web.views_audit import as_object, audit_list, filter_in_words, read_filter
from portal.web.words.audit import audit_sentence

COLUMNS: Final = ("id", "at", "actor", "tag", "sentence", "subject", "particulars", "correlation", "hash")


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def audit() -> Response:
    """One page of the log, newest first."""
    wanted = read_filter(request.args)
    with portal().database.read() as connection:
        page = list_audit(connection, wanted, after=request.args.get("after") or None, reach=reach())
        names = names_of(connection, page.items)
    view = audit_list(page, names, wanted, portal().audit_reading.state(), now=portal().clock.now())
    return page_or_fragment("admin/audit/list.html", "admin/audit/_list.html", list=view)


@bp.post("/audit/exports")
@requires(Permission.AUDIT_EXPORT)
def export_audit() -> Response:
    """Every line that passes the filter, as CSV or JSON; that somebody took it is a line of the log itself."""
    wanted = read_filter(request.form)
    kind = "json" if request.form.get("kind") == "json" else "csv"
    narrowed = " ".join(f"{name}={value}" for name, value in filter_in_words(wanted).items())
    who = {"actor": current_user.login, "subject": "audit"}
    portal().audit.record(AuditTag.AUDIT_EXPORTED, **who, kind=kind, filter=narrowed)
    lines = map(_with_sentence, every_line(portal().database, wanted, reach()))
    name = f"audit-{datetime.now(UTC):%Y%m%d-%H%M%S}.{kind}"
    if kind == "json":
        return json_download(name, lines)
    return csv_download(name, COLUMNS, ([line[column] for column in COLUMNS] for line in lines))


def _with_sentence(row: AuditRow) -> dict[str, object]:
    return {**as_object(row), "sentence": audit_sentence(row.tag)}
