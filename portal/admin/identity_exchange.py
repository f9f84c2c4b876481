"""The connection to СМЭВ: its settings, the certificates we believe, trying it."""

from collections.abc import Iterable

from flask import Response, flash, render_template, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.exchange_trust import LARGEST
from portal.domain.permissions import Permission
from portal.services.exchange_trial import TrialStep, Tried
from portal.web.access import requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_directory import number
from portal.web.forms_exchange import ExchangeForm, TrustForm
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.translate import gettext as _
from portal.web.uploads import takes_file
from portal.web.views_exchange import Known, connection_page, trial
from portal.web.words.errors import Said, of_error


@bp.get("/identity/connection")
@requires(Permission.IDENTITY_CONNECT)
def identity_connection() -> Response:
    """How it is set up, and how it does."""
    return _page()


@bp.post("/identity/connection")
@requires(Permission.IDENTITY_CONNECT)
def set_identity_connection() -> Response:
    """Change how it is set up."""
    form = ExchangeForm()
    stored, _version = portal().exchange.settings()
    wanted = form.wanted(stored.trusted if stored else "")
    try:
        portal().exchange.save(wanted, version=number(form.revision.data), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(form, status=422)
    except Conflict as error:
        return _page(form, conflict=of_error(error), status=409)
    flash(_("The connection was saved; check it now"), "fine")
    return see_other(url_for("admin.identity_connection"))


@bp.post("/identity/connection/trial")
@requires(Permission.IDENTITY_CONNECT)
def try_connection() -> Response:
    """Try it: one step for a script, which asks for the next one; all of them without."""
    if not wants_fragment():
        return _page(tried=list(portal().exchange_trial.try_all(actor=current_user.login)))
    wanted = request.form.get("step", "")
    step = TrialStep(wanted) if wanted in set(TrialStep) else TrialStep.REACH
    tried = portal().exchange_trial.try_step(step, actor=current_user.login)
    return Response(render_template("admin/identity/_trial.html", trial=trial([tried], going_on=True)))


@bp.post("/identity/connection/trust")
@requires(Permission.IDENTITY_CONNECT)
@takes_file(2 * LARGEST)
def believe_certificates() -> Response:
    """Believe the certificates of a file to be those of СМЭВ."""
    form = TrustForm()
    try:
        added = portal().exchange_trust.add(form.content(), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _page(trust_form=form, status=422)
    flash(_("Certificates that are believed now: %(number)s", number=added), "fine")
    return see_other(url_for("admin.identity_connection"))


@bp.post("/identity/connection/trust/<name>/removal")
@requires(Permission.IDENTITY_CONNECT)
def disbelieve_certificate(name: str) -> Response:
    """Believe this one no more."""
    portal().exchange_trust.remove(name, actor=current_user.login)
    flash(_("The certificate is not believed any more"), "fine")
    return see_other(url_for("admin.identity_connection"))


def _page(
    form: ExchangeForm | None = None,
    *,
    trust_form: TrustForm | None = None,
    conflict: Said | None = None,
    tried: Iterable[Tried] = (),
    status: int = 200,
) -> Response:
    stored, version = portal().exchange.settings()
    known = Known(
        watch=portal().exchange_watch.state(),
        believed=portal().exchange_trust.certificates(),
        tried=tried,
        conflict=conflict,
    )
    view = connection_page(
        stored,
        known,
        portal().clock.now(),
        form=form or ExchangeForm.showing(stored or ExchangeSettings(), version),
        trust_form=trust_form or TrustForm(formdata=None),
    )
    page, fragment = "admin/identity/connection.html", "admin/identity/_connection.html"
    return page_or_fragment(page, fragment, status=status, connection=view)
