"""Identity checks: the list."""

from flask import Response, request
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.identity import list_checks
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment
from portal.web.views_checks import check_filter, check_list


@bp.get("/identity/")
@requires(Permission.IDENTITY_READ)
def identity_list() -> Response:
    """Checks, newest first, or those that wait longest."""
    wanted = check_filter()
    with portal().database.read() as connection:
        page = list_checks(connection, wanted, after=request.args.get("after") or None, reach=reach())
    known = portal().identity_reading.masked(page.items)
    may = bool(current_user.may(Permission.IDENTITY_CONNECT))
    view = check_list(page, wanted, known, portal().clock.now(), may_connect=may)
    return page_or_fragment("admin/identity/list.html", "admin/identity/_list.html", list=view)
