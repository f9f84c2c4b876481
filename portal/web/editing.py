"""What the forms of the directory need from the request: who edits, whom a typed name means, what may be chosen."""

from flask_login import current_user

from portal.db.queries.groups import group_options
from portal.db.queries.people import find_people
from portal.db.queries.person_card import PersonCard
from portal.db.queries.policies import recipe_attributes
from portal.db.queries.units import unit_options
from portal.domain.errors import InvalidInput, NotFound
from portal.domain.ids import PersonId
from portal.domain.permissions import Permission
from portal.services.directory import PersonWish
from portal.services.editors import Editor
from portal.web.access import reach
from portal.web.current import portal
from portal.web.forms_directory import FIXED, PersonForm, person_form
from portal.web.loading import person_of


def editor() -> Editor:
    """Who sends this request, as the services of the directory know him."""
    return Editor(current_user.login, reach())


def may_edit(unit: int | None) -> bool:
    """Whether the visitor may change what is in this unit; None is the top of the directory."""
    return bool(current_user.may(Permission.PEOPLE_EDIT)) and editor().reaches_unit(unit)


def editable(person_id: int) -> PersonCard:
    """The person, if the visitor may change him; raises NotFound."""
    card = person_of(person_id)
    if not editor().reaches_unit(card.unit_id):
        raise NotFound("person", id=str(person_id))
    return card


def form_of(card: PersonCard | None = None) -> PersonForm:
    """The form for a person, with a field for every attribute that recipes use or that he has."""
    with portal().database.read() as connection:
        used = recipe_attributes(connection)
        units, groups = unit_options(connection, reach=reach()), group_options(connection)
    own = set(card.attributes) if card else set()
    return person_form(sorted({"cn", *used, *own} - set(FIXED)), units, groups)


def wish_of(form: PersonForm, card: PersonCard | None = None) -> PersonWish:
    """What the form asks for; raises InvalidInput when a manager is not understood."""
    typed, now = (form.manager.data or "").strip(), card.manager if card else None
    # whoever is the manager already may stay so, also out of reach
    manager = now.id if now and typed == now.login else meant(typed, "manager")
    return PersonWish(form.attributes(), form.unit.data or 0, form.groups.data or (), manager)


def meant(typed: str, field: str) -> PersonId | None:
    """The one person within reach a login or a name stands for; raises InvalidInput for nobody or several."""
    if not typed.strip():
        return None
    with portal().database.read() as connection:
        found = find_people(connection, typed.strip()[:200], reach=reach())
    if len(found) == 1:
        return found[0].id
    raise InvalidInput({field: "several_people" if found else "unknown_person"})
