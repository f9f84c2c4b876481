"""The forms of accounts and roles."""

from collections.abc import Iterable
from typing import Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from portal.db.queries.accounts import AccountRow, Named, RoleRow
from portal.domain.accounts import RoleDraft, Scope
from portal.domain.permissions import Permission, Role
from portal.web.forms_directory import number
from portal.web.translate import lazy_gettext as _l
from portal.web.words.names import role_name

LIMITED: Final = "limited"


class AccountForm(FlaskForm):  # type: ignore[misc]
    """An account; the login is chosen once, when it is made."""

    login = StringField(_l("Login"), [Length(max=100, message=_l("This is too long"))])
    name = StringField(_l("Name"), [Length(max=200, message=_l("This is too long"))])
    role = SelectField(_l("Role"), default=Role.OPERATOR.value, validate_choice=False)
    person = StringField(_l("Person in the directory"), [Length(max=100, message=_l("This is too long"))])
    active = BooleanField(_l("May sign in"), default=True)
    sight = RadioField(
        _l("Sees"),
        choices=[SelectChoice("", _l("Everything")), SelectChoice(LIMITED, _l("Only chosen units and policies"))],
        default="",
        validate_choice=False,
    )
    units = SelectMultipleField(_l("Units, with all below them"), coerce=number, validate_choice=False)
    policies = SelectMultipleField(_l("Policies"), coerce=number, validate_choice=False)
    scope = HiddenField()  # where the service's message about the choice above stands
    version = HiddenField(default="1")

    def chosen(self) -> Scope:
        """What was chosen to be seen."""
        if self.sight.data != LIMITED:
            return Scope()
        return Scope(True, frozenset(self.units.data or ()), frozenset(self.policies.data or ()))  # noqa: FBT003

    def offer(self, roles: Iterable[RoleRow], units: Iterable[Named], policies: Iterable[Named]) -> None:
        """What may be chosen."""
        self.role.choices = [(role.key, role_name(role.key, role.name)) for role in roles]
        self.units.choices = [(unit.id, "\u2003" * unit.depth + unit.name) for unit in units]
        self.policies.choices = [(policy.id, policy.name) for policy in policies]

    def fill(self, row: AccountRow, scope: Scope) -> None:
        """Show what is stored."""
        self.name.data, self.role.data, self.active.data = row.name, row.role, row.active
        self.person.data, self.version.data = row.person_login, str(row.version)
        self.sight.data = LIMITED if scope.limited else ""
        self.units.data, self.policies.data = sorted(scope.units), sorted(scope.policies)


class RoleForm(FlaskForm):  # type: ignore[misc]
    """A role; its rights are checkboxes."""

    name = StringField(_l("Its name"), [Length(max=100, message=_l("This is too long"))])
    description = StringField(_l("What it is for"), [Length(max=500, message=_l("This is too long"))])
    permissions = SelectMultipleField(_l("Rights"), validate_choice=False)
    version = HiddenField(default="1")

    def draft(self) -> RoleDraft:
        """The role as it was filled in; what is no permission is left out."""
        wanted = set(self.permissions.data or ())
        permissions = frozenset(one for one in Permission if one.value in wanted and one.side == "admin")
        return RoleDraft(self.name.data or "", self.description.data or "", permissions)

    def fill(self, row: RoleRow) -> None:
        """Show what is stored."""
        self.name.data, self.description.data, self.version.data = row.name, row.description, str(row.version)
        self.permissions.data = sorted(row.permissions)


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The own password, changed by who knows the present one."""

    old = PasswordField(_l("Present password"), [InputRequired(_l("Enter your present password")), Length(max=1000)])
    new = PasswordField(_l("New password"), [InputRequired(_l("Enter a new password")), Length(max=1000)])
    again = PasswordField(
        _l("The new password once more"), [EqualTo("new", _l("The two new passwords differ")), Length(max=1000)]
    )
