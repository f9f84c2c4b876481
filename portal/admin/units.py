"""Units: the tree, one unit, and their changes."""

from flask import Response, flash, request, url_for

from portal.admin.blueprint import bp
from portal.db.queries.units import UnitCard, unit_card, unit_options
from portal.db.queries.units import unit_tree as load_tree
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.editing import editor, may_edit
from portal.web.forms import show_errors
from portal.web.forms_directory import UnitForm, number, unit_form
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_directory import EditPage, unit_page, unit_tree
from portal.web.words.errors import Said, of_error


@bp.get("/people/units")
@requires(Permission.PEOPLE_READ)
def units() -> Response:
    """The tree with how many people are where."""
    with portal().database.read() as connection:
        found = load_tree(connection, reach=reach())
    tree = unit_tree(found, may_edit=may_edit(None))
    return page_or_fragment("admin/units/list.html", "admin/units/_list.html", tree=tree)


@bp.get("/people/units/new")
@requires(Permission.PEOPLE_EDIT)
def new_unit() -> Response:
    """The form for a new unit."""
    form = _form()
    form.parent.data = number(request.args.get("parent"))
    return _new(form)


@bp.post("/people/units")
@requires(Permission.PEOPLE_EDIT)
def create_unit() -> Response:
    """Make the unit and go to it."""
    form = _form()
    try:
        made = portal().units.create(form.name.data or "", form.parent.data or None, by=editor())
    except InvalidInput as error:
        show_errors(form, error)
        return _new(form, 422)
    flash(_("The unit was made"), "fine")
    return see_other(url_for("admin.show_unit", unit_id=made))


@bp.get("/people/units/<int:unit_id>")
@requires(Permission.PEOPLE_READ)
def show_unit(unit_id: int) -> Response:
    """One unit with what is in it."""
    return _show(_card(unit_id))


@bp.post("/people/units/<int:unit_id>")
@requires(Permission.PEOPLE_EDIT)
def change_unit(unit_id: int) -> Response:
    """Rename or move it; what was typed stays when that is not possible."""
    card, form = _card(unit_id), _form()
    name, parent, seen = form.name.data or "", form.parent.data or None, form.seen.data or ""
    try:
        portal().units.change(unit_id, name, parent, seen=seen, by=editor())
    except InvalidInput as error:
        show_errors(form, error)
        return _show(card, form, 422)
    except Conflict as conflict:
        return _show(card, form, 409, conflict=of_error(conflict))
    flash(_("The unit was changed"), "fine")
    return see_other(url_for("admin.show_unit", unit_id=unit_id))


@bp.post("/people/units/<int:unit_id>/deletion")
@requires(Permission.PEOPLE_EDIT)
def delete_unit(unit_id: int) -> Response:
    """Take an empty unit away."""
    card = _card(unit_id)
    try:
        portal().units.delete(unit_id, by=editor())
    except Conflict as conflict:
        return _show(card, None, 409, conflict=of_error(conflict))
    flash(_("The unit was deleted"), "fine")
    return see_other(url_for("admin.units"))


def _card(unit_id: int) -> UnitCard:
    with portal().database.read() as connection:
        return unit_card(connection, unit_id, reach=reach())


def _form() -> UnitForm:
    with portal().database.read() as connection:
        return unit_form(unit_options(connection, reach=reach()), top=reach().everything)


def _new(form: UnitForm, status: int = 200) -> Response:
    view = EditPage(
        title=_("New unit"),
        href=url_for("admin.create_unit"),
        back_href=url_for("admin.units"),
        back=_("Units"),
        submit=_("Make the unit"),
        form=form,
    )
    return page_or_fragment("admin/units/new.html", "admin/units/_new.html", edit=view, status=status)


def _show(card: UnitCard, form: UnitForm | None = None, status: int = 200, *, conflict: Said | None = None) -> Response:
    changeable = may_edit(card.row.id) and may_edit(card.row.parent_id)
    if form is None and changeable:
        form = _form()
        form.name.data, form.parent.data = card.row.name, card.row.parent_id or 0
    if form is not None:
        form.seen.data = " / ".join(card.row.path)
    view = unit_page(card, form, may_edit=may_edit(card.row.id), conflict=conflict)
    return page_or_fragment("admin/units/show.html", "admin/units/_card.html", unit=view, status=status)
