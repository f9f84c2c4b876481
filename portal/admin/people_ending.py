"""People are switched off and on, and taken away when nothing is theirs any more."""

from flask import Response, flash, url_for

from portal.admin.blueprint import bp
from portal.domain.ids import PersonId
from portal.domain.permissions import Permission
from portal.web.access import requires
from portal.web.current import portal
from portal.web.editing import editable, editor
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_person import deactivation, deletion

PAGE = "admin/people/ending.html"
FRAGMENT = "admin/people/_ending.html"


@bp.get("/people/<int:person_id>/deactivation")
@requires(Permission.PEOPLE_EDIT)
def ask_deactivation(person_id: int) -> Response:
    """What happens to his devices, before anything does."""
    return page_or_fragment(PAGE, FRAGMENT, ending=deactivation(editable(person_id).row, portal().clock.now()))


@bp.post("/people/<int:person_id>/deactivation")
@requires(Permission.PEOPLE_EDIT)
def deactivate_person(person_id: int) -> Response:
    """Switch him off."""
    portal().directory.set_active(PersonId(editable(person_id).row.id), active=False, by=editor())
    flash(_("The person was deactivated"), "fine")
    return see_other(url_for("admin.show_person", person_id=person_id))


@bp.post("/people/<int:person_id>/activation")
@requires(Permission.PEOPLE_EDIT)
def activate_person(person_id: int) -> Response:
    """Switch him on again."""
    portal().directory.set_active(PersonId(editable(person_id).row.id), active=True, by=editor())
    flash(_("The person is active again"), "fine")
    return see_other(url_for("admin.show_person", person_id=person_id))


@bp.get("/people/<int:person_id>/deletion")
@requires(Permission.PEOPLE_EDIT)
def ask_deletion(person_id: int) -> Response:
    """What is lost, before anything is."""
    return page_or_fragment(PAGE, FRAGMENT, ending=deletion(editable(person_id).row, portal().clock.now()))


@bp.post("/people/<int:person_id>/deletion")
@requires(Permission.PEOPLE_EDIT)
def delete_person(person_id: int) -> Response:
    """Take him away."""
    portal().directory.delete(PersonId(editable(person_id).row.id), by=editor())
    flash(_("The person was deleted"), "fine")
    return see_other(url_for("admin.people"))
