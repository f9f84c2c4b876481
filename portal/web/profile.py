"""One's own account: who one is here, the password, language and theme, and where one is signed in."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, flash, request, url_for
from flask_login import current_user

from portal.db.queries.accounts import account_row
from portal.domain.errors import InvalidInput
from portal.web.access import signed_in
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_accounts import PasswordForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.sessions import give_session, session_token
from portal.web.translate import gettext as _
from portal.web.views_accounts import SessionLine, session_line
from portal.web.words.names import role_name
from portal.web.words.sign_in import password_elsewhere

bp = Blueprint("profile", __name__, url_prefix="/profile")

PAGE: Final = "profile/show.html"
CARD: Final = "profile/_card.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the page shows; ``must_change``: nothing else is open before the password is changed.

    ``elsewhere`` tells that this is not the place to change it.
    """

    name: str
    login: str
    role: str
    person: str
    must_change: bool
    elsewhere: str
    form: PasswordForm
    sessions: tuple[SessionLine, ...]
    end_all_href: str
    end_all_label: str


@bp.get("/")
@signed_in
def show_profile() -> Response:
    """Who one is here."""
    return _show(PasswordForm(formdata=None))


@bp.post("/password")
@signed_in
def change_password() -> Response:
    """Change the password; every other browser is signed out."""
    form = PasswordForm()
    if not form.validate():
        return _show(form, 422)
    old, new, address = form.old.data or "", form.new.data or "", request.remote_addr or ""
    try:
        token = portal().own_account.change_password(current_user.id, old, new, token=session_token(), address=address)
    except InvalidInput as error:
        show_errors(form, error)
        return _show(form, 422)
    flash(_("The password is changed. Every other browser was signed out."), "fine")
    response = see_other(url_for("root"))
    give_session(response, token)
    return response


@bp.post("/sessions/revocation")
@signed_in
def end_other_sessions() -> Response:
    """Sign every other browser out."""
    portal().own_account.end_others(current_user.id, current_user.login, token=session_token())
    return see_other(url_for("profile.show_profile"))


def _show(form: PasswordForm, status: int = 200) -> Response:
    session = current_user.session
    with portal().database.read() as connection:
        person = account_row(connection, current_user.id).person_name
    sessions = portal().sessions.of(current_user.id)
    view = Profile(
        name=session.name,
        login=session.login,
        role=role_name(session.role, session.role_name),
        person=person,
        must_change=session.must_change_password,
        elsewhere=password_elsewhere(session.way, session.through),
        form=form,
        sessions=tuple(session_line(one, None) for one in sessions),
        end_all_href=url_for("profile.end_other_sessions") if len(sessions) > 1 else "",
        end_all_label=_("End the others"),
    )
    return page_or_fragment(PAGE, CARD, status=status, account=view)
