"""Policies: the list, one policy, its versions; and how new ones begin."""

from flask import Response, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db import snapshots
from portal.db.queries.policy_drafts import open_drafts
from portal.db.queries.policy_pages import assignments_of, list_policies, versions_of
from portal.domain.errors import Forbidden, InvalidInput
from portal.domain.ids import PolicyId
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_directory import number
from portal.web.pages import page_or_fragment, see_other
from portal.web.policy_forms import NewPolicyForm
from portal.web.policy_loading import policy_of, rights
from portal.web.views_policies import policy_list, policy_page, policy_version, versions_page
from portal.web.views_policy_cards import unconnected


@bp.get("/policies")
@requires(Permission.POLICIES_READ)
def policies() -> Response:
    """Every policy by name, and drafts of new ones."""
    may_begin = rights().begin
    with portal().database.read() as connection:
        rows = list_policies(connection, reach())
        drafts = open_drafts(connection) if may_begin else ()
    view = policy_list(rows, drafts, may_begin=may_begin)
    limited = not reach().everything
    return page_or_fragment("admin/policies/list.html", "admin/policies/_list.html", list=view, limited=limited)


@bp.get("/policies/<int:policy_id>")
@requires(Permission.POLICIES_READ)
def show_policy(policy_id: int) -> Response:
    """One policy as it acts now."""
    row = policy_of(policy_id)
    with portal().database.read() as connection:
        body = snapshots.policy_version(connection, row.id, row.version)
        given = assignments_of(connection, row.id)
    view = policy_page(row, body, given, rights())
    more = unconnected(body, portal().registers.configured())
    return page_or_fragment("admin/policies/show.html", "admin/policies/_show.html", policy=view, **more)


@bp.get("/policies/<int:policy_id>/versions")
@requires(Permission.POLICIES_READ)
def policy_versions(policy_id: int) -> Response:
    """The history; two versions are compared when the address names them."""
    row = policy_of(policy_id)
    with portal().database.read() as connection:
        found = [
            (one, snapshots.policy_version(connection, row.id, one.version)) for one in versions_of(connection, row.id)
        ]
    before, after = (request.args.get(name, type=int) for name in ("before", "after"))
    pair = (before, after) if before is not None and after is not None else None
    view = versions_page(row, found, pair)
    return page_or_fragment("admin/policies/versions.html", "admin/policies/_versions.html", history=view)


@bp.get("/policies/<int:policy_id>/versions/<int:version>")
@requires(Permission.POLICIES_READ)
def show_policy_version(policy_id: int, version: int) -> Response:
    """One version as it was published."""
    row = policy_of(policy_id)
    with portal().database.read() as connection:
        body = snapshots.policy_version(connection, row.id, version)
    view = policy_version(row, body)
    return page_or_fragment("admin/policies/version.html", "admin/policies/_cards.html", version=view, cards=view.cards)


@bp.get("/policies/new")
@requires(Permission.POLICIES_EDIT)
def new_policy() -> Response:
    """The form of a new policy, empty or like another one."""
    return _new_page(NewPolicyForm())


@bp.post("/policies")
@requires(Permission.POLICIES_EDIT)
def begin_policy() -> Response:
    """Begin a draft and go on to its pages."""
    if not rights().begin:
        raise Forbidden("permission_missing", permission=Permission.POLICIES_EDIT.value)
    form, like = NewPolicyForm(), number(request.form.get("like")) or None
    source = None if like is None else policy_of(like).id
    try:
        draft = portal().policy_drafts.begin(form.name.data or "", actor=current_user.login, like=source)
    except InvalidInput as error:
        show_errors(form, error)
        return _new_page(form, like, status=422)
    return see_other(url_for("admin.show_draft", draft_id=draft))


@bp.post("/policies/<int:policy_id>/draft")
@requires(Permission.POLICIES_EDIT)
def open_draft(policy_id: int) -> Response:
    """Go on with the open draft of a policy, or begin it."""
    draft = portal().policy_drafts.open(PolicyId(policy_of(policy_id).id), actor=current_user.login)
    return see_other(url_for("admin.show_draft", draft_id=draft))


def _new_page(form: NewPolicyForm, like: int | None = None, *, status: int = 200) -> Response:
    chosen = (number(request.args.get("like")) or None) if like is None else like
    source = None if chosen is None else policy_of(chosen)
    page, fragment = "admin/policies/new.html", "admin/policies/_new.html"
    return page_or_fragment(page, fragment, status=status, form=form, source=source)
