"""Reconciliation: what database, authorities and tokens disagree about, and what is done about it."""

from collections.abc import Mapping

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.drifts import authorities_named, drift_row, last_round, list_drifts
from portal.domain.drift import Decision, DriftState
from portal.domain.errors import InvalidInput
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_reconciliation import drift_filter, drift_list, drift_page


@bp.get("/reconciliation")
@requires(Permission.RECONCILIATION_READ)
def reconciliation() -> Response:
    """What was found, and how far the last look at everything came."""
    wanted, may = drift_filter(), bool(current_user.may(Permission.RECONCILIATION_MEND))
    with portal().database.read() as connection:
        page = list_drifts(connection, wanted, after=request.args.get("after") or None)
        names, last = authorities_named(connection), last_round(connection)
    view = drift_list(page, wanted, names, last, now=portal().clock.now(), may_mend=may)
    return page_or_fragment("admin/reconciliation/list.html", "admin/reconciliation/_list.html", list=view)


@bp.post("/reconciliation/rounds")
@requires(Permission.RECONCILIATION_MEND)
def begin_reconciliation() -> Response:
    """Look at everything now; the sweeper does it piece by piece."""
    portal().reconciliation.begin(actor=current_user.login)
    flash(_("The reconciliation was begun; findings appear here as they are made"), "fine")
    return see_other(url_for("admin.reconciliation"))


@bp.get("/reconciliation/<int:drift_id>")
@requires(Permission.RECONCILIATION_READ)
def show_drift(drift_id: int) -> Response:
    """One finding."""
    return _page(drift_id, {})


@bp.post("/reconciliation/<int:drift_id>/decision")
@requires(Permission.RECONCILIATION_MEND)
def decide_drift(drift_id: int) -> Response:
    """Do what was chosen."""
    chosen, comment = request.form.get("decision", ""), request.form.get("comment", "")
    decision = Decision(chosen) if chosen in set(Decision) else Decision.LOOK
    try:
        state = portal().mending.decide(drift_id, decision, actor=current_user.login, comment=comment)
    except InvalidInput:
        typed = {"decision": chosen, "comment": comment, "error": _("Say why it is right as it is")}
        return _page(drift_id, typed, 422)
    flash(_OUTCOMES[state](), "fine" if state is DriftState.CLOSED else "info")
    return see_other(url_for("admin.show_drift", drift_id=drift_id))


def _page(drift_id: int, typed: Mapping[str, str], status: int = 200) -> Response:
    full = portal().mending.row(drift_id)
    with portal().database.read() as connection:
        row = drift_row(connection, drift_id)
    may = bool(current_user.may(Permission.RECONCILIATION_MEND))
    view = drift_page(row, full, portal().clock.now(), may_mend=may, typed=typed)
    return page_or_fragment(
        "admin/reconciliation/show.html", "admin/reconciliation/_finding.html", status=status, drift=view
    )


_OUTCOMES = {
    DriftState.OPEN: lambda: _("It is still as it was found"),
    DriftState.MENDING: lambda: _("Your decision was written down and is being carried out"),
    DriftState.ACCEPTED: lambda: _("Your explanation was written down"),
    DriftState.CLOSED: lambda: _("All sides agree again; the finding is closed"),
}
