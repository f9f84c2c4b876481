"""People: the list and the card."""

from flask import Response, request

from portal.admin.blueprint import bp
from portal.db.queries.people import list_people, search_people
from portal.db.queries.person_card import person_card as load
from portal.domain.permissions import Permission
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.loading import card_of
from portal.web.pages import page_or_fragment
from portal.web.views_people import people_list, person_card


@bp.get("/people")
@requires(Permission.PEOPLE_READ)
def people() -> Response:
    """People by name, or those the typed words lead to."""
    text = request.args.get("q", "").strip()[:200]
    with portal().database.read() as connection:
        if text:
            page = search_people(connection, text, limit=50, reach=reach())
        else:
            page = list_people(connection, after=request.args.get("after") or None, reach=reach())
    view = people_list(page, text, portal().clock.now())
    return page_or_fragment("admin/people/list.html", "admin/people/_list.html", list=view)


@bp.get("/people/<int:person_id>")
@requires(Permission.PEOPLE_READ)
def show_person(person_id: int) -> Response:
    """The card, with one device opened when the address says so."""
    with portal().database.read() as connection:
        rows = load(connection, person_id, reach=reach())
    wanted = request.args.get("device", type=int)
    held = {device.id for device in rows.row.devices}
    opened = card_of(wanted) if wanted in held else None
    view = person_card(rows, opened, portal().clock.now())
    return page_or_fragment("admin/people/show.html", "admin/people/_card.html", person=view)
