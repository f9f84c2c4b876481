"""One-time codes that let workstations in."""

from flask import Response, flash, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.agent_codes import open_codes
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.services.agent_codes import MadeCode
from portal.web.access import requires
from portal.web.current import portal
from portal.web.editing import meant
from portal.web.forms import show_errors
from portal.web.forms_agents import CodeForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_agent_codes import code_page, told_code


@bp.get("/agents/codes")
@requires(Permission.AGENTS_ADMIT)
def agent_codes() -> Response:
    """Codes that may still be used, and the form for another one."""
    return _page(CodeForm(formdata=None))


@bp.post("/agents/codes")
@requires(Permission.AGENTS_ADMIT)
def make_agent_code() -> Response:
    """Make a code and show it, once."""
    form = CodeForm()
    try:
        if not form.validate():
            return _page(form, 422)
        whose, comment = meant(form.person.data or "", "person"), (form.comment.data or "").strip()
        made = portal().agent_codes.make(by=current_user.login, comment=comment, person=whose, life=form.span())
    except InvalidInput as error:
        show_errors(form, error)
        return _page(form, 422)
    return _told(made)


@bp.post("/agents/codes/<int:code_id>/withdrawal")
@requires(Permission.AGENTS_ADMIT)
def withdraw_agent_code(code_id: int) -> Response:
    """Make a code worthless."""
    portal().agent_codes.withdraw(code_id, by=current_user.login)
    flash(_("The code is withdrawn: nobody gets in with it"), "fine")
    return see_other(url_for("admin.agent_codes"))


def _page(form: CodeForm, status: int = 200) -> Response:
    now = portal().clock.now()
    with portal().database.read() as connection:
        codes = open_codes(connection, now)
    told = {"fingerprint": portal().agent_authority.fingerprint(), "address": portal().settings.agents_address}
    view = code_page(form, codes, **told, now=now)
    return page_or_fragment("admin/agents/codes.html", "admin/agents/_codes.html", status=status, codes=view)


def _told(made: MadeCode) -> Response:
    """A page nobody keeps: the code stands in this one answer and nowhere else."""
    view = told_code(made, portal().settings.agents_address, portal().clock.now())
    response = page_or_fragment("admin/agents/told.html", "admin/agents/_told.html", told=view)
    response.headers["Cache-Control"] = "no-store"
    return response
