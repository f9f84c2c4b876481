"""Letters: the outbox, who the administrators are, a look at each kind, a test."""

from flask import Response, flash, request, url_for
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.letters import letter, list_letters
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.letters import LetterStatus
from portal.domain.permissions import Permission
from portal.services.letters import administrators
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_letters import RecipientsForm, TestForm
from portal.web.pages import page_or_fragment, see_other
from portal.web.translate import gettext as _
from portal.web.translate import tongue
from portal.web.views_letters import letter_list, letter_page, preview_page, recipients_page
from portal.web.words.errors import of_error


@bp.get("/letters")
@requires(Permission.LETTERS_READ)
def letters() -> Response:
    """The outbox."""
    chosen = request.args.get("status", "")
    status = LetterStatus(chosen) if chosen in set(LetterStatus) else None
    with portal().database.read() as connection:
        page = list_letters(connection, status, after=request.args.get("after") or None, reach=reach())
    view = letter_list(page, chosen, enabled=portal().letters.enabled)
    return page_or_fragment("admin/letters/list.html", "admin/letters/_list.html", list=view)


@bp.get("/letters/<int:letter_id>")
@requires(Permission.LETTERS_READ)
def show_letter(letter_id: int) -> Response:
    """One letter as it was written."""
    with portal().database.read() as connection:
        found = letter(connection, letter_id, reach=reach())
    view = letter_page(found, may_repeat=current_user.may(Permission.LETTERS_MANAGE))
    return page_or_fragment("admin/letters/show.html", "admin/letters/_letter.html", letter=view)


@bp.post("/letters/<int:letter_id>/repetition")
@requires(Permission.LETTERS_MANAGE)
def repeat_letter(letter_id: int) -> Response:
    """Try again to send a letter nobody took."""
    portal().letters.try_again(letter_id, actor=current_user.login)
    flash(_("The letter is in the queue again"), "fine")
    return see_other(url_for("admin.show_letter", letter_id=letter_id))


@bp.get("/letters/preview")
@requires(Permission.LETTERS_READ)
def preview_letter() -> Response:
    """What a letter of some kind looks like."""
    view = preview_page(request.args, portal().letter_writer, portal().clock.now())
    return page_or_fragment("admin/letters/preview.html", "admin/letters/_preview.html", preview=view)


@bp.get("/letters/recipients")
@requires(Permission.LETTERS_MANAGE)
def letter_recipients() -> Response:
    """Who gets the letters for administrators."""
    with portal().database.read() as connection:
        form = RecipientsForm.showing(administrators(connection))
    return _recipients(form)


@bp.post("/letters/recipients")
@requires(Permission.LETTERS_MANAGE)
def set_letter_recipients() -> Response:
    """Change who gets them."""
    form = RecipientsForm()
    try:
        portal().letters.set_administrators(form.wanted(), actor=current_user.login)
    except InvalidInput as error:
        show_errors(form, error)
        return _recipients(form, 422)
    except Conflict as error:
        form.form_errors.append(of_error(error).text)
        return _recipients(form, 409)
    flash(_("The recipients were saved"), "fine")
    return see_other(url_for("admin.letter_recipients"))


@bp.post("/letters/tests")
@requires(Permission.LETTERS_MANAGE)
def test_letters() -> Response:
    """Send a letter that only says that mail works."""
    form = TestForm()
    try:
        address = (form.address.data or "").strip()
        portal().letters.send_test(address, actor=current_user.login, locale=tongue().language)
    except InvalidInput as error:
        show_errors(form, error)
        with portal().database.read() as connection:
            return _recipients(RecipientsForm.showing(administrators(connection)), 422, form)
    flash(_("The test letter is in the queue; its state is shown here"), "fine")
    return see_other(url_for("admin.letters"))


def _recipients(form: RecipientsForm, status: int = 200, test: TestForm | None = None) -> Response:
    view = recipients_page(form, test or TestForm(formdata=None), enabled=portal().letters.enabled)
    page, fragment = "admin/letters/recipients.html", "admin/letters/_recipients.html"
    return page_or_fragment(page, fragment, status=status, recipients=view)
