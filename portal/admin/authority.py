"""The certification authority of the portal: how it does, which of its templates ask for an approver."""

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_approvals import authority_page
from portal.web.views_own_authority import own_view


@bp.get("/authority")
@requires(Permission.CONNECTORS_READ)
def authority() -> Response:
    """How it does; its templates and their switches."""
    templates = authority_page(portal().approvals.templates())
    own = own_view(portal().own_authority.health(), portal().clock.now())
    page, fragment = "admin/authority/show.html", "admin/authority/_parts.html"
    return page_or_fragment(page, fragment, authority=templates, own=own)


@bp.post("/authority/templates/<name>/approval")
@requires(Permission.AUTHORITY_MANAGE)
def switch_approval(name: str) -> Response:
    """Let orders of this template wait for a person, or not."""
    manual = request.form.get("manual") == "yes"
    portal().approvals.switch(name, manual=manual, actor=current_user.login)
    said = _("Certificates of this template now wait for an approver") if manual else _("No approver is asked any more")
    flash(said, "fine")
    return see_other(url_for("admin.authority"))
