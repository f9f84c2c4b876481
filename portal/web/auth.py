"""Signing in and out."""

from typing import Final

from flask import Blueprint, Response, make_response, render_template, request, session, url_for

from portal.db.queries.sign_in import way_of, ways_to_sign_in
from portal.domain.sign_in import SignInWay
from portal.services.accounts import SignInAway, SignInCrowded, SignInRefused
from portal.services.sessions import Visitor as Origin
from portal.web.access import public
from portal.web.current import portal
from portal.web.forms import SignInForm
from portal.web.pages import local_address, see_other, whole_page
from portal.web.sessions import give_session, session_token, take_session
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_sign_in import way_lines

bp = Blueprint("auth", __name__)
#: When to come again if too many come at once.
CROWDED_SECONDS: Final = 3
AWAY_SECONDS: Final = 60
#: Several journeys to providers have to find room in one cookie, each with where it leads afterwards.
LONGEST_WANTED: Final = 800
#: In the cookie of a browser that has signed out here and may sign out elsewhere.
LEAVING: Final = "leaving"


@bp.get("/sign-in")
@public
def sign_in() -> Response:
    """The form."""
    return _page(SignInForm())


@bp.get("/sign-in/over")
@public
def signed_out() -> Response:
    """Signed out here; whoever came through a provider may still be signed in there."""
    with portal().database.read() as connection:
        way = way_of(connection, request.args.get("through", ""))
    return make_response(render_template("auth/signed_out.html", way=way))


@bp.post("/sign-in")
@public
def open_session() -> Response:
    """Try the login and the password; afterwards go where one was going."""
    form = SignInForm()
    if not form.validate():
        return _page(form, 422)
    try:
        token = portal().accounts.sign_in(form.login.data or "", form.password.data or "", visitor_here())
    except SignInRefused as refused:
        return _refused(form, refused)
    except SignInCrowded:
        return _crowded(form)
    except SignInAway:
        return _away(form)
    return enter(token, wanted_address())


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    """End the session on the server and here."""
    found = portal().sessions.find(session_token(), touch=False)
    elsewhere = found is not None and found.way is SignInWay.PROVIDER
    ticket = portal().sessions.sign_out(session_token(), leaving=elsewhere)
    session.clear()
    if ticket:
        session[LEAVING] = ticket  # it opens nothing: with it the provider is told once more who it was
    there = url_for("auth.signed_out", through=found.through) if found and elsewhere else url_for("auth.sign_in")
    response = whole_page(there)
    take_session(response)
    return response


def enter(token: str, wanted: str, site: str = "") -> Response:
    """Go where one was going, in a session of one's own: the one before ends, and forms of the time before are void."""
    portal().sessions.sign_out(session_token())
    session.clear()
    response = see_other(site + (wanted or url_for("root")))
    give_session(response, token)
    return response


def wanted_address() -> str:
    """Where one was going, if that is here."""
    wanted = local_address(request.values.get("next")) or ""
    return wanted if len(wanted) <= LONGEST_WANTED else ""


def visitor_here() -> Origin:
    """Where this request comes from."""
    return Origin(address=request.remote_addr or "", browser=request.headers.get("User-Agent", "")[:300])


def _crowded(form: SignInForm) -> Response:
    form.form_errors.append(_("Very many people are signing in at this moment. Try again in a few seconds."))
    response = _page(form, 503)
    response.headers["Retry-After"] = str(CROWDED_SECONDS)
    return response


def _away(form: SignInForm) -> Response:
    form.form_errors.append(
        _("The directory that checks passwords does not answer. Try again in a minute, or tell an administrator.")
    )
    response = _page(form, 503)
    response.headers["Retry-After"] = str(AWAY_SECONDS)
    return response


def _refused(form: SignInForm, refused: SignInRefused) -> Response:
    if refused.retry_at is None:
        form.form_errors.append(_("The login or the password is wrong."))
        return _page(form, 422)
    seconds = max(1, round((refused.retry_at - portal().clock.now()).total_seconds()))
    wait = ngettext("Too many tries. Wait %(num)d second.", "Too many tries. Wait %(num)d seconds.", seconds)
    form.form_errors.append(wait)
    response = _page(form, 429)
    response.headers["Retry-After"] = str(seconds)
    return response


def _page(form: SignInForm, status: int = 200) -> Response:
    form.password.data = None
    wanted = wanted_address()
    with portal().database.read() as connection:
        ways = way_lines(ways_to_sign_in(connection), wanted)
    return make_response(render_template("auth/sign_in.html", form=form, next=wanted, ways=ways), status)
