"""Roles: the list, what one may do, and those made here."""

from flask import Response, request, url_for

from portal.admin.blueprint import bp
from portal.db.queries.accounts import RoleRow, holders_of, role_row, role_rows
from portal.domain.errors import Conflict, Forbidden, InvalidInput
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.errors import status_of
from portal.web.forms import show_errors
from portal.web.forms_accounts import RoleForm
from portal.web.forms_directory import number
from portal.web.granting import grantor
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_roles import RoleEdit, right_groups, role_line, role_list, role_page
from portal.web.words.errors import Said, of_error
from portal.web.words.names import role_name


@bp.get("/roles")
@requires(Permission.ACCOUNTS_READ)
def roles() -> Response:
    """Those of the product and those made here."""
    with portal().database.read() as connection:
        view = role_list(role_rows(connection))
    return page_or_fragment("admin/roles/list.html", "admin/roles/_list.html", list=view)


@bp.get("/roles/new")
@requires(Permission.ROLES_MANAGE)
def new_role() -> Response:
    """The form of a new role, filled with another one's rights when the address names it."""
    form = RoleForm()
    if copied := request.args.get("copy"):
        row = _row(copied)
        form.fill(row)
        form.name.data = _("%(name)s (copy)", name=role_name(row.key, row.name))
        form.version.data = "1"
    return _new(form)


@bp.post("/roles")
@requires(Permission.ROLES_MANAGE)
def create_role() -> Response:
    """Make the role and go to it."""
    form = RoleForm()
    if not form.validate():
        return _new(form, 422)
    try:
        key = portal().roles.create(form.draft(), by=grantor())
    except InvalidInput as error:
        show_errors(form, error)
        return _new(form, 422)
    except (Conflict, Forbidden) as refused:
        return _new(form, status_of(refused), of_error(refused))
    return see_other(url_for("admin.show_role", key=key))


@bp.get("/roles/<key>")
@requires(Permission.ACCOUNTS_READ)
def show_role(key: str) -> Response:
    """What a role may do, and who holds it."""
    with portal().database.read() as connection:
        row = role_row(connection, key)
        holders = holders_of(connection, key)
    return page_or_fragment("admin/roles/show.html", "admin/roles/_card.html", role=role_page(row, holders))


@bp.get("/roles/<key>/edit")
@requires(Permission.ROLES_MANAGE)
def edit_role(key: str) -> Response:
    """The form of a role made here."""
    row, form = _row(key), RoleForm()
    form.fill(row)
    return _edit(row, form)


@bp.post("/roles/<key>")
@requires(Permission.ROLES_MANAGE)
def change_role(key: str) -> Response:
    """Keep what was changed, for everybody who holds the role."""
    row, form = _row(key), RoleForm()
    if not form.validate():
        return _edit(row, form, 422)
    version = number(form.version.data)
    try:
        portal().roles.change(key, form.draft(), version=version, by=grantor())
    except InvalidInput as error:
        show_errors(form, error)
        return _edit(row, form, 422)
    except (Conflict, Forbidden) as refused:
        return _edit(row, form, status_of(refused), of_error(refused))
    return see_other(url_for("admin.show_role", key=key))


@bp.post("/roles/<key>/deletion")
@requires(Permission.ROLES_MANAGE)
def delete_role(key: str) -> Response:
    """Delete a role nobody holds."""
    portal().roles.delete(key, by=grantor())
    return see_other(url_for("admin.roles"))


def _row(key: str) -> RoleRow:
    with portal().database.read() as connection:
        return role_row(connection, key)


def _new(form: RoleForm, status: int = 200, conflict: Said | None = None) -> Response:
    back = url_for("admin.roles")
    return _form(form, status, title=_("New role"), href=back, back_href=back, conflict=conflict)


def _edit(row: RoleRow, form: RoleForm, status: int = 200, conflict: Said | None = None) -> Response:
    line = role_line(row)
    return _form(form, status, title=line.name, href=line.href, back_href=line.href, conflict=conflict)


def _form(form: RoleForm, status: int, *, title: str, href: str, back_href: str, conflict: Said | None) -> Response:
    groups = right_groups(form.draft().permissions)
    view = RoleEdit(title=title, href=href, back_href=back_href, form=form, groups=groups, conflict=conflict)
    return page_or_fragment("admin/roles/edit.html", "admin/roles/_form.html", status=status, edit=view)
