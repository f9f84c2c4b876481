"""People: the list and the card."""

from typing import Final

from flask import Response, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.accounts import account_of_person
from portal.db.queries.directory_syncs import followed_directory
from portal.db.queries.people import list_people, search_people
from portal.db.queries.units import narrowed, unit_options
from portal.domain.permissions import Permission
from portal.services.directory_owned import owners_of
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.editing import editor, may_edit
from portal.web.loading import card_of, person_of
from portal.web.pages import address, page_or_fragment
from portal.web.views_people import PeopleActions, people_filter, people_list
from portal.web.views_person import Origin, PersonAccount, PersonRights, origin_of, person_card

FILTER: Final = ("q", "unit", "state")


@bp.get("/people")
@requires(Permission.PEOPLE_READ)
def people() -> Response:
    """People by name, or those the typed words lead to."""
    wanted, after = people_filter(), request.args.get("after") or None
    with portal().database.read() as connection:
        units = unit_options(connection, reach=reach())
        within = narrowed(connection, reach(), wanted.unit) if wanted.unit else reach()
        if wanted.text:
            page = search_people(connection, wanted.text, limit=50, active=wanted.active, reach=within)
        else:
            page = list_people(connection, active=wanted.active, after=after, reach=within)
    view = people_list(page, wanted, units, now=portal().clock.now(), actions=_actions())
    return page_or_fragment("admin/people/list.html", "admin/people/_list.html", list=view)


@bp.get("/people/<int:person_id>")
@requires(Permission.PEOPLE_READ)
def show_person(person_id: int) -> Response:
    """The card, with one device opened when the address says so."""
    rows = person_of(person_id)
    wanted = request.args.get("device", type=int)
    held = {device.id for device in rows.row.devices}
    opened = card_of(wanted) if wanted in held else None
    account, rights, origin = _account(person_id), _rights(rows.unit_id), _origin(person_id)
    view = person_card(rows, opened, portal().clock.now(), account=account, rights=rights, origin=origin)
    return page_or_fragment("admin/people/show.html", "admin/people/_card.html", person=view)


def _rights(unit: int) -> PersonRights:
    audit = bool(current_user.may(Permission.AUDIT_READ))
    identity = bool(current_user.may(Permission.IDENTITY_READ))
    return PersonRights(edit=may_edit(unit), audit=audit, unit=editor().reaches_unit(unit), identity=identity)


def _origin(person_id: int) -> Origin | None:
    with portal().database.read() as connection:
        followed = followed_directory(connection, person_id)
        owner = owners_of(connection, [person_id]).get(person_id) if followed else None
    if followed is None or owner is None:
        return None
    may_look = bool(current_user.may(Permission.CONNECTORS_READ))
    return origin_of(followed, owner.fields, portal().clock.now(), may_look=may_look)


def _account(person_id: int) -> PersonAccount:
    if not current_user.may(Permission.ACCOUNTS_READ):
        return PersonAccount(None, exists=False)
    with portal().database.read() as connection:
        found = account_of_person(connection, person_id)
    if found is not None:
        return PersonAccount(url_for("admin.show_account", account_id=found.id), exists=True)
    new = url_for("admin.new_account", person=person_id)
    return PersonAccount(new if current_user.may(Permission.ACCOUNTS_MANAGE) else None, exists=False)


def _actions() -> PeopleActions:
    may = current_user.may
    new = url_for("admin.new_person", unit=request.args.get("unit") or None)
    narrowing = {name: value for name, value in request.args.items() if name in FILTER}
    return PeopleActions(
        new_href=new if may(Permission.PEOPLE_EDIT) else None,
        import_href=url_for("admin.import_people") if may(Permission.PEOPLE_IMPORT) else None,
        export_href=address("admin.people_export", narrowing) if may(Permission.PEOPLE_EXPORT) else None,
    )
