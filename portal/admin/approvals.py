"""Orders of certificates that wait for a yes or a no."""

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_approvals import Mistake, approval_list
from portal.web.words.errors import field_message


@bp.get("/approvals")
@requires(Permission.APPROVALS_DECIDE)
def approvals() -> Response:
    """What waits."""
    return _list()


@bp.post("/approvals/<order_id>/decision")
@requires(Permission.APPROVALS_DECIDE)
def decide_approval(order_id: str) -> Response:
    """Say yes, or no with a reason."""
    approve, comment = request.form.get("decision") == "approve", request.form.get("comment", "")
    try:
        portal().approvals.decide(order_id, approve=approve, comment=comment, actor=current_user.login, reach=reach())
    except InvalidInput as error:
        return _list(Mistake(order_id, comment, field_message(error.fields["comment"])), 422)
    flash(_("The request was approved") if approve else _("The request was refused"), "fine")
    return see_other(url_for("admin.approvals"))


def _list(mistake: Mistake | None = None, status: int = 200) -> Response:
    view = approval_list(portal().approvals.waiting(reach()), mistake)
    return page_or_fragment("admin/approvals/list.html", "admin/approvals/_list.html", status=status, list=view)
