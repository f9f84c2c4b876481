"""The audit log: read only."""

from flask import Response, request

from portal.admin.blueprint import bp
from portal.db.queries.audit import AuditFilter, list_audit
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment
from portal.web.views_audit import audit_list


@bp.get("/audit")
@requires(Permission.AUDIT_READ)
def audit() -> Response:
    """One page of the log, newest first."""
    chosen = request.args.get
    wanted = AuditFilter(tag=chosen("tag", ""), actor=chosen("actor", ""), subject=chosen("subject", ""))
    with portal().database.read() as connection:
        page = list_audit(connection, wanted, after=chosen("after") or None, reach=reach())
    return page_or_fragment("admin/audit/list.html", "admin/audit/_list.html", list=audit_list(page, wanted))
