"""Groups: the list, one group with its members, and their changes."""

from collections.abc import Callable

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.groups import GroupRow, group_members, group_row, list_groups
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import PersonId
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.editing import editable, editor, may_edit, meant
from portal.web.forms import show_errors
from portal.web.forms_directory import GroupForm, MemberForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_directory import group_list, group_page
from portal.web.words.errors import Said, of_error


@bp.get("/people/groups")
@requires(Permission.PEOPLE_READ)
def groups() -> Response:
    """Every group with how many people are in it."""
    return _list(GroupForm() if may_edit(None) else None)


@bp.post("/people/groups")
@requires(Permission.PEOPLE_EDIT)
def create_group() -> Response:
    """Make the group and go to it."""
    form = GroupForm()
    try:
        made = portal().groups.create(form.name.data or "", by=editor())
    except InvalidInput as error:
        show_errors(form, error)
        return _list(form, 422)
    flash(_("The group was made"), "fine")
    return see_other(url_for("admin.show_group", group_id=made))


@bp.get("/people/groups/<int:group_id>")
@requires(Permission.PEOPLE_READ)
def show_group(group_id: int) -> Response:
    """One group with its members."""
    return _show(_group(group_id))


@bp.post("/people/groups/<int:group_id>")
@requires(Permission.PEOPLE_EDIT)
def change_group(group_id: int) -> Response:
    """Rename it."""
    group, form = _group(group_id), GroupForm()
    rename = portal().groups.rename
    return _try(
        lambda: rename(group_id, form.name.data or "", seen=form.seen.data or "", by=editor()),
        lambda error: show_errors(form, error),
        lambda status, conflict: _show(group, (form, None), status, conflict=conflict),
    )


@bp.post("/people/groups/<int:group_id>/deletion")
@requires(Permission.PEOPLE_EDIT)
def delete_group(group_id: int) -> Response:
    """Take it away with its memberships, unless policies are assigned to it."""
    group = _group(group_id)
    try:
        portal().groups.delete(group_id, by=editor())
    except Conflict as conflict:
        return _show(group, status=409, conflict=of_error(conflict))
    flash(_("The group was deleted"), "fine")
    return see_other(url_for("admin.groups"))


@bp.post("/people/groups/<int:group_id>/members")
@requires(Permission.PEOPLE_EDIT)
def add_member(group_id: int) -> Response:
    """Take somebody in."""
    group, form = _group(group_id), MemberForm()

    def add() -> None:
        person = meant(form.person.data or "", "person")
        if person is None:
            raise InvalidInput({"person": "required"})
        portal().groups.add_member(group_id, editable(person).row.id, by=editor())

    return _try(
        add,
        lambda error: show_errors(form, error),
        lambda status, conflict: _show(group, (None, form), status, conflict=conflict),
    )


@bp.post("/people/groups/<int:group_id>/members/<int:person_id>/removal")
@requires(Permission.PEOPLE_EDIT)
def remove_member(group_id: int, person_id: int) -> Response:
    """Take somebody out."""
    group = _group(group_id)
    portal().groups.remove_member(group_id, PersonId(editable(person_id).row.id), by=editor())
    flash(_("Taken out of the group “%(name)s”", name=group.name), "fine")
    return see_other(url_for("admin.show_group", group_id=group_id))


def _try(
    change: Callable[[], None], refuse: Callable[[InvalidInput], None], again: Callable[[int, Said | None], Response]
) -> Response:
    """Change the group and show it; what was typed stays when that is not possible."""
    try:
        change()
    except InvalidInput as error:
        refuse(error)
        return again(422, None)
    except Conflict as conflict:
        return again(409, of_error(conflict))
    flash(_("The group was changed"), "fine")
    return see_other(url_for("admin.show_group", **(request.view_args or {})))


def _group(group_id: int) -> GroupRow:
    with portal().database.read() as connection:
        return group_row(connection, group_id, reach())


def _list(form: GroupForm | None, status: int = 200) -> Response:
    with portal().database.read() as connection:
        found = list_groups(connection, reach())
    view = group_list(found, form)
    return page_or_fragment("admin/groups/list.html", "admin/groups/_list.html", list=view, status=status)


def _show(
    group: GroupRow,
    given: tuple[GroupForm | None, MemberForm | None] = (None, None),
    status: int = 200,
    *,
    conflict: Said | None = None,
) -> Response:
    with portal().database.read() as connection:
        page = group_members(connection, group, after=request.args.get("after") or None, reach=reach())
    form, member_form = given
    if form is None and may_edit(None):
        form = GroupForm(formdata=None, name=group.name)
    if form is not None:
        form.seen.data = group.name
    if member_form is None and current_user.may(Permission.PEOPLE_EDIT):
        member_form = MemberForm(formdata=None)
    view = group_page(group, page, (form, member_form), conflict=conflict)
    return page_or_fragment("admin/groups/show.html", "admin/groups/_members.html", group=view, status=status)
