"""Connectors: the list, new ones, one of them, and what is done about it."""

from typing import Final

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.bootstrap import BUILTIN_CA
from portal.db.queries.connectors import ConnectorCard, connector_card, connector_rows, policies_of
from portal.domain.connector_kinds import SIGN_INS, ConnectorKind
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import ConnectorId
from portal.domain.permissions import Permission
from portal.services.connectors import ConnectorDraft
from portal.web.access import demand_permission, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_connectors import ConnectorForm, empty_form, sent_form, shown_form
from portal.web.forms_directory import number
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.translate import gettext as _
from portal.web.views_connectors import (
    Shown,
    connector_lines,
    connector_page,
    input_groups,
    kind_lines,
    tried_page,
)
from portal.web.views_own_authority import own_view
from portal.web.views_syncs import SyncPanel, sync_panel
from portal.web.words.connectors import kind_name
from portal.web.words.errors import Said, of_error

#: Said with a check that is over: how the connector stands is asked anew.
TRIED: Final = "connector-tried"


@bp.get("/connectors")
@requires(Permission.CONNECTORS_READ)
def connectors() -> Response:
    """Every counterpart, the authority of the portal itself first."""
    with portal().database.read() as connection:
        lines = connector_lines(connector_rows(connection), portal().clock.now())
        own_used = ", ".join(use.name for use in policies_of(connection, BUILTIN_CA))
    rights = {"may_manage": current_user.may(Permission.CONNECTORS_MANAGE), "own": BUILTIN_CA}
    rights["own_href"] = url_for("admin.authority")
    own = own_view(portal().own_authority.health(), portal().clock.now())
    page, fragment = "admin/connectors/list.html", "admin/connectors/_list.html"
    return page_or_fragment(page, fragment, lines=lines, own_view=own, own_used=own_used, **rights)


@bp.get("/connectors/new")
@requires(Permission.CONNECTORS_MANAGE)
def new_connector() -> Response:
    """Choose a kind; then the form of that."""
    kind = _kind()
    if kind is None:
        return page_or_fragment("admin/connectors/kinds.html", "admin/connectors/_kinds.html", kinds=kind_lines())
    return _new(kind, empty_form(kind))


@bp.post("/connectors/new")
@requires(Permission.CONNECTORS_MANAGE)
def add_connector() -> Response:
    """Keep a new one."""
    kind = _kind()
    if kind is None:
        return see_other(url_for("admin.new_connector"))
    form = sent_form(kind)
    try:
        added = portal().connectors.add(_drafted(form, kind), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _new(kind, form.without_secrets(kind), 422)
    flash(_("The connector is kept; check it now"), "fine")
    return _back(added)


@bp.get("/connectors/<int:connector_id>")
@requires(Permission.CONNECTORS_READ)
def show_connector(connector_id: int) -> Response:
    """One of them."""
    return _show(connector_id)


@bp.post("/connectors/<int:connector_id>")
@requires(Permission.CONNECTORS_MANAGE)
def change_connector(connector_id: int) -> Response:
    """Tell it something else."""
    with portal().database.read() as connection:
        row = connector_card(connection, ConnectorId(connector_id)).row
    form, version = sent_form(row.kind), number(request.form.get("revision"))
    try:
        draft = _drafted(form, row.kind, row.name)
        portal().connectors.change(row.id, draft, version=version, actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _show(connector_id, form.without_secrets(row.kind), status=422)
    except Conflict as error:
        return _show(connector_id, form.without_secrets(row.kind), conflict=of_error(error), status=409)
    flash(_("The connector is changed; check it now"), "fine")
    return _back(row.id)


@bp.post("/connectors/<int:connector_id>/check")
@requires(Permission.CONNECTORS_MANAGE)
def check_connector(connector_id: int) -> Response:
    """Have a worker try it step by step."""
    portal().connector_checks.order(ConnectorId(connector_id), actor=current_user.login)
    return see_other(url_for("admin.connector_check", connector_id=connector_id))


@bp.get("/connectors/<int:connector_id>/check")
@requires(Permission.CONNECTORS_READ)
def connector_check(connector_id: int) -> Response:
    """How the last check goes; the fragment asks again by itself until it is over."""
    if not wants_fragment():
        return _back(connector_id)
    tried = tried_page(ConnectorId(connector_id), portal().connector_checks.last(ConnectorId(connector_id)))
    fragment = page_or_fragment("admin/connectors/_trace.html", "admin/connectors/_trace.html", tried=tried)
    if not tried.under_way:
        fragment.headers["HX-Trigger"] = TRIED
    return fragment


@bp.post("/connectors/<int:connector_id>/pause")
@requires(Permission.CONNECTORS_MANAGE)
def pause_connector(connector_id: int) -> Response:
    """Call out no more."""
    portal().connectors.pause(ConnectorId(connector_id), actor=current_user.login)
    flash(_("Nobody calls out through the connector until it is resumed"), "fine")
    return _back(connector_id)


@bp.post("/connectors/<int:connector_id>/resumption")
@requires(Permission.CONNECTORS_MANAGE)
def resume_connector(connector_id: int) -> Response:
    """Call out again."""
    portal().connectors.resume(ConnectorId(connector_id), actor=current_user.login)
    flash(_("The connector is used again; what waited for it goes on within minutes"), "fine")
    return _back(connector_id)


@bp.post("/connectors/<int:connector_id>/removal")
@requires(Permission.CONNECTORS_MANAGE)
def remove_connector(connector_id: int) -> Response:
    """Forget it with its secrets; refused while something needs it, and said by what."""
    try:
        portal().connectors.remove(ConnectorId(connector_id), actor=current_user.login)
    except Conflict as error:
        return _show(connector_id, conflict=of_error(error), status=409)
    flash(_("The connector is removed with its secrets"), "fine")
    return see_other(url_for("admin.connectors"))


def _drafted(form: ConnectorForm, kind: ConnectorKind, name: str = "") -> ConnectorDraft:
    """What was typed. Whoever says who judges sign-ins could be anybody: that is for those who manage accounts."""
    draft = form.draft(kind, name)
    if kind in SIGN_INS or draft.typed.get("sign_in"):
        demand_permission(Permission.ACCOUNTS_MANAGE)
    return draft


def _kind() -> ConnectorKind | None:
    """The kind that was chosen; none while it was not."""
    chosen = request.args.get("kind", "")
    return ConnectorKind(chosen) if chosen in set(ConnectorKind) else None


def _new(kind: ConnectorKind, form: ConnectorForm, status: int = 200) -> Response:
    view = {"form": form, "groups": input_groups(kind, form, {}), "kind": kind_name(kind)}
    view["href"] = url_for("admin.add_connector", kind=kind.value)
    return page_or_fragment("admin/connectors/new.html", "admin/connectors/_new.html", status=status, **view)


def _show(
    connector_id: int,
    form: ConnectorForm | None = None,
    *,
    conflict: Said | None = None,
    status: int = 200,
) -> Response:
    with portal().database.read() as connection:
        card = connector_card(connection, ConnectorId(connector_id))
    form = form or shown_form(card.row.kind, card.plain, card.version)
    check = portal().connector_checks.last(card.row.id)
    may = bool(current_user.may(Permission.CONNECTORS_MANAGE))
    shown = Shown(form=form, may_manage=may, check=check, conflict=conflict, syncs=_syncs(card, may_order=may))
    view = connector_page(card, portal().clock.now(), shown)
    page, fragment = "admin/connectors/show.html", "admin/connectors/_connector.html"
    return page_or_fragment(page, fragment, status=status, connector=view)


def _syncs(card: ConnectorCard, *, may_order: bool) -> SyncPanel | None:
    """What a directory says of its synchronizations; nothing for the other kinds."""
    if card.row.kind is not ConnectorKind.DIRECTORY_LDAP:
        return None
    return sync_panel(card, portal().directory_syncs.of(card.row.id), portal().clock.now(), may_order=may_order)


def _back(connector_id: int) -> Response:
    return see_other(url_for("admin.show_connector", connector_id=connector_id))
