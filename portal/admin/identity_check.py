"""One identity check: its page, its data in clear, its evidence, a register asked once more."""

from datetime import timedelta

from flask import Response, flash, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.identity_check import CheckCard, Part, identity_check
from portal.domain.errors import NotFound
from portal.domain.identity import IdentityClaim
from portal.domain.permissions import Permission
from portal.services.exchange_settings import kept_for
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.downloads import file_download
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.views_check import CheckRights, check_page


@bp.get("/identity/<int:check_id>")
@requires(Permission.IDENTITY_READ)
def show_identity(check_id: int) -> Response:
    """The check, its data masked."""
    return _page(_check_of(check_id))


@bp.post("/identity/<int:check_id>/data")
@requires(Permission.IDENTITY_DATA)
def see_identity_data(check_id: int) -> Response:
    """The same with the data in clear; that somebody looked is written down."""
    card = _check_of(check_id)
    response = _page(card, portal().identity_reading.claim(card.row, actor=current_user.login))
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/identity/<int:check_id>/questions/<int:number>/repetition")
@requires(Permission.IDENTITY_ASK)
def repeat_identity_question(check_id: int, number: int) -> Response:
    """Ask a register once more."""
    card = _check_of(check_id)
    if number not in {question.id for question in card.questions}:
        raise NotFound("identity_question", id=str(number))
    portal().identity_checks.repeat(number, actor=current_user.login)
    flash(_("The register is asked once more"), "fine")
    return see_other(url_for("admin.show_identity", check_id=check_id))


@bp.post("/identity/<int:check_id>/evidence/<part>/<int:number>")
@requires(Permission.IDENTITY_DATA)
def take_identity_evidence(check_id: int, part: str, number: int) -> Response:
    """One message as it went or came, as a file; that somebody took it is written down."""
    card = _check_of(check_id)
    if part not in set(Part):
        raise NotFound("identity_evidence", id=part)
    found = portal().identity_reading.evidence(card.row, Part(part), number, actor=current_user.login)
    kind, ending = ("application/xml", "xml") if found.xml else ("application/octet-stream", "bin")
    return file_download(f"{found.name}.{ending}", kind, found.content)


def _check_of(check_id: int) -> CheckCard:
    with portal().database.read() as connection:
        return identity_check(connection, check_id, reach=reach())


def _kept() -> timedelta:
    with portal().database.read() as connection:
        return kept_for(connection)


def _page(card: CheckCard, claim: IdentityClaim | None = None) -> Response:
    may = current_user.may
    known = claim or portal().identity_reading.masked([card.row]).get(card.row.id)
    rights = CheckRights(
        ask=may(Permission.IDENTITY_ASK),
        data=may(Permission.IDENTITY_DATA),
        person=may(Permission.PEOPLE_READ),
        update=may(Permission.UPDATES_READ),
    )
    view = check_page(card, known, portal().clock.now(), rights=rights, kept=_kept())
    return page_or_fragment("admin/identity/show.html", "admin/identity/_check.html", check=view)
