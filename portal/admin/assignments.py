"""Assignments of policies: the list, and each change with what it would do before it is done."""

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Response, flash, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from portal.admin.blueprint import bp
from portal.db.queries.assignments import AssignmentLine, assignment_line, list_assignments, reached
from portal.db.queries.groups import group_options
from portal.db.queries.policies import policy_options
from portal.db.queries.units import unit_options
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import AssignmentId
from portal.domain.permissions import Permission
from portal.services.assignments import NEW
from portal.services.what_if import Hypothesis
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.forms import show_errors
from portal.web.forms_directory import number
from portal.web.forms_given import AssignmentForm, assignment_form
from portal.web.pages import page_or_fragment, see_other, wants_fragment
from portal.web.translate import gettext as _
from portal.web.views_assignments import GivenEdit, ReachedView, described, given_list, reached_view
from portal.web.views_forecast import figures
from portal.web.words.errors import Said, of_error

PAGE, FRAGMENT = "admin/assignments/edit.html", "admin/assignments/_edit.html"
REMOVAL = "admin/assignments/removal.html", "admin/assignments/_removal.html"


@bp.get("/assignments")
@requires(Permission.POLICIES_READ)
def assignments() -> Response:
    """Every assignment, strongest first."""
    with portal().database.read() as connection:
        lines = list_assignments(connection, reach=reach())
    view = given_list(lines, may_manage=current_user.may(Permission.ASSIGNMENTS_MANAGE))
    limited = not reach().everything
    return page_or_fragment("admin/assignments/list.html", "admin/assignments/_list.html", list=view, limited=limited)


@bp.get("/assignments/new")
@requires(Permission.ASSIGNMENTS_MANAGE)
def new_assignment() -> Response:
    """The form; with values in the address, what it would do."""
    form = _form(request.args, csrf=False)
    if not request.args.get("priority"):
        form.priority.data = form.priority.data or 100
    return _looked_at(None, form)


@bp.post("/assignments")
@requires(Permission.ASSIGNMENTS_MANAGE)
def add_assignment() -> Response:
    """Give the policy."""
    form = _form(request.form, csrf=True)
    try:
        portal().assignments.add(form.wish(), actor=current_user.login)
    except InvalidInput as error:
        return _refused(None, form, error)
    flash(_("The policy is assigned; devices it reaches are looked at again within seconds"), "fine")
    return see_other(url_for("admin.assignments"))


@bp.get("/assignments/<int:assignment_id>")
@requires(Permission.ASSIGNMENTS_MANAGE)
def change_assignment(assignment_id: int) -> Response:
    """The form with what it is now, or what it would do with other values."""
    line = _line(assignment_id)
    given = request.args if "policy" in request.args else _as_it_is(line)
    return _looked_at(line, _form(given, csrf=False))


@bp.post("/assignments/<int:assignment_id>")
@requires(Permission.ASSIGNMENTS_MANAGE)
def save_assignment(assignment_id: int) -> Response:
    """Change it."""
    line, form = _line(assignment_id), _form(request.form, csrf=True)
    try:
        version = number(form.version.data)
        portal().assignments.change(line.id, form.wish(), version=version, actor=current_user.login)
    except InvalidInput as error:
        return _refused(line, form, error)
    except Conflict as conflict:
        edit = _edit(line, form, conflict=of_error(conflict))
        return page_or_fragment(PAGE, FRAGMENT, status=409, edit=edit)
    flash(_("The assignment is changed; devices it touches are looked at again within seconds"), "fine")
    return see_other(url_for("admin.assignments"))


@bp.get("/assignments/<int:assignment_id>/removal")
@requires(Permission.ASSIGNMENTS_MANAGE)
def confirm_assignment_removal(assignment_id: int) -> Response:
    """What removing it would do."""
    line = _line(assignment_id)
    hypothesis = portal().assignments.if_removed(line.id)
    form = _form(_as_it_is(line), csrf=True)
    edit = _edit(line, form, reached=_reached(hypothesis, line), removal=True)
    if hypothesis.subject:
        edit = replace(edit, sentence=f"{hypothesis.subject.policy.name} · {described(hypothesis.subject)}")
    return page_or_fragment(*REMOVAL, edit=edit)


@bp.post("/assignments/<int:assignment_id>/removal")
@requires(Permission.ASSIGNMENTS_MANAGE)
def remove_assignment(assignment_id: int) -> Response:
    """Take it away."""
    version = number(request.form.get("version"))
    portal().assignments.remove(AssignmentId(assignment_id), version=version, actor=current_user.login)
    flash(_("The assignment is removed; devices it reached are looked at again within seconds"), "fine")
    return see_other(url_for("admin.assignments"))


def _line(assignment_id: int) -> AssignmentLine:
    with portal().database.read() as connection:
        return assignment_line(connection, assignment_id)


def _as_it_is(line: AssignmentLine) -> "MultiDict[str, str]":
    values = [("policy", str(line.policy_id)), ("unit", str(line.unit_id or 0)), ("priority", str(line.priority))]
    return MultiDict([*values, ("version", str(line.version)), *(("groups", name) for name in line.groups)])


def _form(given: "MultiDict[str, str]", *, csrf: bool) -> AssignmentForm:
    with portal().database.read() as connection:
        policies, units, groups = policy_options(connection), unit_options(connection), group_options(connection)
    return assignment_form(given, policies, units, groups, csrf=csrf)


def _looked_at(line: AssignmentLine | None, form: AssignmentForm) -> Response:
    """The form, and below it what it would do when that was asked for."""
    if "policy" not in request.args:
        return page_or_fragment(PAGE, FRAGMENT, edit=_edit(line, form))
    if not form.validate():
        return page_or_fragment(PAGE, FRAGMENT, status=422, edit=_edit(line, form))
    try:
        hypothesis = portal().assignments.if_saved(form.wish(), line.id if line else NEW)
    except InvalidInput as error:
        return _refused(line, form, error)
    return page_or_fragment(PAGE, FRAGMENT, edit=_edit(line, form, reached=_reached(hypothesis, line)))


def _refused(line: AssignmentLine | None, form: AssignmentForm, error: InvalidInput) -> Response:
    form.validate()
    show_errors(form, error)
    return page_or_fragment(PAGE, FRAGMENT, status=422, edit=_edit(line, form))


def _reached(hypothesis: Hypothesis, line: AssignmentLine | None) -> ReachedView | None:
    if hypothesis.subject is None:
        return None
    with portal().database.read() as connection:
        found = reached(connection, hypothesis.subject, hypothesis.given)
    kept: dict[str, Any] = {**request.args.to_dict(flat=False), **({"assignment_id": line.id} if line else {})}
    kept.pop("after", None)
    more = partial(url_for, request.endpoint or "", **kept)
    size = 10 if wants_fragment() or "after" not in request.args else 50
    return reached_view(found, figures(hypothesis, request.args.get("after") or None, size, more=more))


def _edit(
    line: AssignmentLine | None,
    form: AssignmentForm,
    *,
    removal: bool = False,
    reached: ReachedView | None = None,
    conflict: Said | None = None,
) -> GivenEdit:
    look = url_for("admin.change_assignment", assignment_id=line.id) if line else url_for("admin.new_assignment")
    save = url_for("admin.save_assignment", assignment_id=line.id) if line else url_for("admin.add_assignment")
    title = _("Change the assignment") if line else _("Assign a policy")
    submit = _("Save") if line else _("Assign")
    remove = url_for("admin.confirm_assignment_removal", assignment_id=line.id) if line else ""
    if line and removal:
        save = url_for("admin.remove_assignment", assignment_id=line.id)
        title, submit = _("Remove the assignment"), _("Remove the assignment")
    return GivenEdit(
        title=title,
        form=form,
        look_href=look,
        save_href=save,
        submit=submit,
        reached=reached,
        conflict=conflict,
        remove_href=remove,
    )
