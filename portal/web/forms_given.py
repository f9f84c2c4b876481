"""Forms of assignments and common certificates."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from portal.db.queries.groups import GroupRow
from portal.db.queries.policies import PolicyOption
from portal.db.queries.units import UnitRow
from portal.domain.ids import PolicyId
from portal.services.assignments import AssignmentWish
from portal.web.forms_directory import number
from portal.web.policy_section_form import WholeNumber
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l


class AssignmentForm(FlaskForm):  # type: ignore[misc]
    """A policy, a place and groups; what is wrong with a value is said by the service."""

    policy = SelectField(_l("Policy"), coerce=number, validate_choice=False)
    unit = SelectField(_l("Unit"), coerce=number, validate_choice=False)
    groups = SelectMultipleField(_l("Only for groups"), validate_choice=False)
    priority = WholeNumber(_l("Priority"))
    version = HiddenField()

    def wish(self) -> AssignmentWish:
        """What the form asks for."""
        groups = frozenset(self.groups.data or ())
        return AssignmentWish(PolicyId(self.policy.data or 0), self.unit.data or None, groups, self.priority.data or 0)


def assignment_form(
    given: "MultiDict[str, str]",
    policies: Iterable[PolicyOption],
    units: Iterable[UnitRow],
    groups: Iterable[GroupRow],
    *,
    csrf: bool,
) -> AssignmentForm:
    """The form with what may be chosen; asked with an address it needs no token, as it changes nothing."""
    form = AssignmentForm(given, meta={"csrf": csrf})
    form.policy.choices = [(one.id, one.name) for one in policies]
    form.unit.choices = [(0, _("The whole directory")), *((one.id, _indented(one)) for one in units)]
    form.groups.choices = [(one.name, one.name) for one in groups]
    return form


def _indented(unit: UnitRow) -> str:
    return "\u2003" * len(unit.path) + unit.name


class CommonForm(FlaskForm):  # type: ignore[misc]
    """A PFX file and its password; the name of a new common certificate."""

    name = StringField(_l("Name"), [Length(max=200)])
    file = FileField(_l("PFX file"))
    password = PasswordField(_l("Password of the file"), [Length(max=1000)])
    version = HiddenField()

    def pfx(self) -> tuple[bytes, str]:
        """The file's bytes and its password."""
        sent: Any = self.file.data
        return (sent.read() if sent else b""), self.password.data or ""


class RemovalForm(FlaskForm):  # type: ignore[misc]
    """What was seen when somebody said to remove it."""

    version = HiddenField(validators=[InputRequired()])
