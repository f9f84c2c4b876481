"""People are added and changed."""

from flask import Response, flash, request, url_for

from portal.admin.blueprint import bp
from portal.db.queries.people import search_people
from portal.db.queries.person_card import PersonCard
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import PersonId
from portal.domain.permissions import Permission
from portal.domain.person_data import whole_name
from portal.services.directory_owned import owners_of
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.editing import editable, editor, form_of, wish_of
from portal.web.forms_directory import FURTHER, PersonForm, number
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_directory import EditPage
from portal.web.words.errors import Said, of_error


@bp.get("/people/new")
@requires(Permission.PEOPLE_EDIT)
def new_person() -> Response:
    """The form for a new person."""
    form = form_of()
    form.unit.data = number(request.args.get("unit"))
    return _new(form)


@bp.post("/people")
@requires(Permission.PEOPLE_EDIT)
def add_person() -> Response:
    """Take the person in and go to his page."""
    form = form_of()
    try:
        person = portal().directory.add(wish_of(form), by=editor())
    except InvalidInput as error:
        form.refuse(error)
        return _new(form, 422)
    flash(_("The person was added"), "fine")
    return see_other(url_for("admin.show_person", person_id=person))


@bp.get("/people/<int:person_id>/edit")
@requires(Permission.PEOPLE_EDIT)
def edit_person(person_id: int) -> Response:
    """The form with what is stored."""
    card = editable(person_id)
    return _edit(card, _filled(card))


@bp.post("/people/<int:person_id>")
@requires(Permission.PEOPLE_EDIT)
def change_person(person_id: int) -> Response:
    """Take over what was typed; it stays in the form when that is not possible."""
    card = editable(person_id)
    form = form_of(card)
    try:
        changed = portal().directory.change(
            PersonId(person_id), wish_of(form, card), version=number(form.version.data), by=editor()
        )
    except InvalidInput as error:
        form.refuse(error)
        return _edit(card, form, 422)
    except Conflict as conflict:
        form.version.data = card.version  # saved again, it is what the editor wants after comparing
        return _edit(card, form, 409, conflict=of_error(conflict))
    flash(_("The changes were saved") if changed else _("Nothing was changed"), "fine")
    return see_other(url_for("admin.show_person", person_id=person_id))


@bp.get("/people/suggestions")
@requires(Permission.PEOPLE_READ)
def suggest_people() -> Response:
    """A few people for what is being typed into a field."""
    text = (request.args.get("manager") or request.args.get("person") or "").strip()[:200]
    with portal().database.read() as connection:
        found = search_people(connection, text, limit=8, reach=reach()).items
    return page_or_fragment("admin/people/_options.html", "admin/people/_options.html", people=found)


def _filled(card: PersonCard) -> PersonForm:
    form = form_of(card)
    form.fill({"login": card.row.login, **card.attributes})
    if card.attributes.get("cn") == whole_name(card.attributes):
        form[f"{FURTHER}cn"].data = ""  # made of the names, and following them
    form.unit.data, form.version.data = card.unit_id, card.version
    form.groups.data = [group.id for group in card.group_rows]
    form.manager.data = card.manager.login if card.manager else ""
    return form


def _new(form: PersonForm, status: int = 200) -> Response:
    view = EditPage(
        title=_("New person"),
        href=url_for("admin.add_person"),
        back_href=url_for("admin.people"),
        back=_("People"),
        submit=_("Add the person"),
        form=form,
    )
    return page_or_fragment("admin/people/edit.html", "admin/people/_form.html", edit=view, status=status)


def _edit(card: PersonCard, form: PersonForm, status: int = 200, *, conflict: Said | None = None) -> Response:
    with portal().database.read() as connection:
        owner = owners_of(connection, [card.row.id]).get(card.row.id)
    if owner is not None:
        form.keep(owner.fields)
    view = EditPage(
        title=_("Change: %(name)s", name=card.row.name),
        href=url_for("admin.change_person", person_id=card.row.id),
        back_href=url_for("admin.show_person", person_id=card.row.id),
        back=card.row.name,
        submit=_("Save"),
        form=form,
        conflict=conflict,
        owner=owner.name if owner else "",
    )
    return page_or_fragment("admin/people/edit.html", "admin/people/_form.html", edit=view, status=status)
