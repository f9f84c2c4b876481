"""The step «СМЭВ» of an update: the form about the holder, and asking a silent register once more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response
from flask_login import current_user

from portal.db.queries.identity_standing import newest_application
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.identity_check import CheckState
from portal.domain.ids import UpdateId
from portal.services.identity_checks import Known, Wanted
from portal.web.current import portal
from portal.web.dialog.acting import back_to_run
from portal.web.forms_directory import number
from portal.web.identity_form import FieldGroup, IdentityForm, field_groups, shown_fields
from portal.web.identity_prefill import prefilled
from portal.web.identity_waiting import IdentityWait
from portal.web.pages import page_or_fragment
from portal.web.running import identity_wait_of
from portal.web.sides import may, side, side_url
from portal.web.views_dialog import IDENTITY, Stage, run_subtitle, stages
from portal.web.views_plan import foreign_found
from portal.web.words.identity_form import COUNTRIES

PAGE: Final = "updates/dialog_page.html"
FORM: Final = "updates/_identity_form.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityFormStep:
    """The form as the dialog shows it."""

    subtitle: str
    stages: tuple[Stage, ...]
    form: IdentityForm
    groups: tuple[FieldGroup, ...]
    countries: Mapping[str, str]
    href: str
    cancel_href: str
    close_href: str


def identity_page(update_id: int) -> Response:
    """The form, with everything that is known already; where it is not due, the update is shown."""
    wait = _to_fill_in(update_id)
    if wait is None:
        return back_to_run(update_id)
    known = portal().identity_checks.known(wait.person)
    form = IdentityForm(formdata=None)
    for name, value in prefilled(known).items():
        form[name].data = value.value
    form.citizenship.data = form.citizenship.data or "RUS"
    with portal().database.read() as connection:
        form.seen.data = str(newest_application(connection, wait.person))
    return _form_page(wait, form, known)


def ask_registers(update_id: int) -> Response:
    """Put the application in; the update goes on by itself when it is confirmed."""
    wait, form = _to_fill_in(update_id), IdentityForm()
    if wait is None:
        return back_to_run(update_id)
    typed = form.typed(shown_fields(wait.demanded))
    wanted = Wanted(wait.person, wait.services, UpdateId(update_id), number(form.seen.data), wait.announced)
    try:
        portal().identity_checks.start(wanted, typed, actor=current_user.login)
    except InvalidInput as error:
        known = portal().identity_checks.known(wait.person)
        form.refuse(error, known.attributes, by_holder=side().by_holder)
        return _form_page(wait, form, known, 422)
    except Conflict as conflict:
        if conflict.code != "identity_asked":  # somebody was quicker: the update shows what he asked
            raise
    return back_to_run(update_id)


def repeat_silent(update_id: int) -> Response:
    """Ask every register once more that has not answered."""
    wait = identity_wait_of(update_id)
    for register in wait.standing.registers if wait is not None and wait.standing is not None else ():
        if register.state is CheckState.NO_ANSWER:
            portal().identity_checks.repeat(register.question, actor=current_user.login)
    return back_to_run(update_id)


def _to_fill_in(update_id: int) -> IdentityWait | None:
    """None when there is nothing to fill in: it is being asked, or the update is elsewhere; raises NotFound."""
    wait = identity_wait_of(update_id)
    if wait is None or not (wait.form_due(portal().clock.now()) or wait.correctable()):
        return None
    return wait


def _form_page(wait: IdentityWait, form: IdentityForm, known: Known, status: int = 200) -> Response:
    progress = wait.progress
    number = progress.update.id
    view = IdentityFormStep(
        subtitle=run_subtitle(progress.update),
        stages=stages(IDENTITY, tracking=foreign_found(progress.findings), identity=True, remote=wait.remote),
        form=form,
        groups=field_groups(form, wait.demanded, prefilled(known)),
        countries={code: str(name) for code, name in COUNTRIES.items()},
        href=side_url("ask_identity", update_id=number),
        cancel_href=side_url("cancel_update", update_id=number) if may(side().cancel) else "",
        close_href=side_url("show_device", device_id=progress.update.device_id),
    )
    return page_or_fragment(PAGE, FORM, status=status, step=view, fragment=FORM)
