"""The forms of the directory: a person with whatever attributes recipes use, a unit, a group."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, SelectMultipleField, StringField

from portal.db.queries.groups import GroupRow
from portal.db.queries.units import UnitRow
from portal.domain.errors import InvalidInput
from portal.web.forms import show_errors
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.names import attribute_title

#: Attributes with a field of their own, in order; all others are added below them.
FIXED: Final = (
    *("surname", "given_name", "middle_name", "login", "email", "upn", "phone"),
    *("title", "department", "organization"),
)
FURTHER: Final = "further_"
_DIGITS: Final = 18  # what a database takes as a number


def number(value: object) -> int:
    """A number out of an address or a form; 0, which nothing has, for anything else."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0


class PersonForm(FlaskForm):  # type: ignore[misc]
    """A person; what is wrong with a value is said by the service."""

    surname = StringField(_l("Surname"))
    given_name = StringField(_l("Given name"))
    middle_name = StringField(_l("Middle name"))
    login = StringField(_l("Login"))
    email = StringField(_l("E-mail"))
    upn = StringField(_l("UPN"))
    phone = StringField(_l("Phone"))
    title = StringField(_l("Job title"))
    department = StringField(_l("Department"))
    organization = StringField(_l("Organisation"))
    unit = SelectField(_l("Unit"), coerce=number, validate_choice=False)
    manager = StringField(_l("Manager"))
    groups = SelectMultipleField(_l("Groups"), coerce=number, validate_choice=False)
    version = HiddenField()

    def further(self) -> list[Any]:
        """The fields of further attributes."""
        return [field for field in self if field.name.startswith(FURTHER)]

    def attributes(self) -> dict[str, str]:
        """What was typed, by attribute."""
        fixed = {name: self[name].data or "" for name in FIXED}
        return fixed | {field.name.removeprefix(FURTHER): field.data or "" for field in self.further()}

    def fill(self, attributes: Mapping[str, str]) -> None:
        """Show what is stored."""
        for name, value in attributes.items():
            place = name if name in FIXED else FURTHER + name
            if place in self:
                self[place].data = value

    def keep(self, owned: Collection[str]) -> None:
        """Let these be read only: somebody else tells them."""
        for name in owned:
            place = name if name in self else FURTHER + name
            if place == "unit":
                self.unit.choices = [one for one in self.unit.choices if one[0] == self.unit.data]
            elif place in self and place != "active":
                self[place].render_kw = {"readonly": True}

    def refuse(self, error: InvalidInput) -> None:
        """Put the messages of the service beside the fields of their attributes."""
        places = {name: FURTHER + name if FURTHER + name in self else name for name in error.fields}
        show_errors(self, InvalidInput({places[name]: code for name, code in error.fields.items()}))


class UnitForm(FlaskForm):  # type: ignore[misc]
    """A unit: its name, and what it is in. ``seen`` is the path the editor had before him."""

    name = StringField(_l("Its name"))
    parent = SelectField(_l("Lies in"), coerce=number, validate_choice=False)
    seen = HiddenField()


class GroupForm(FlaskForm):  # type: ignore[misc]
    """A group's name; ``seen`` is the one the editor had before him."""

    name = StringField(_l("Its name"))
    seen = HiddenField()


class MemberForm(FlaskForm):  # type: ignore[misc]
    """Somebody to take into a group, by login or name."""

    person = StringField(_l("Login or name"))


def person_form(further: Iterable[str], units: Iterable[UnitRow], groups: Iterable[GroupRow]) -> PersonForm:
    """A form with these further attributes, units and groups to choose from."""
    own = {FURTHER + name: StringField(attribute_title(name)) for name in further if name not in FIXED}
    form: PersonForm = type("PersonForm", (PersonForm,), own)()
    form.unit.choices = unit_choices(units)
    form.groups.choices = [(group.id, group.name) for group in groups]
    return form


def unit_form(units: Iterable[UnitRow], *, top: bool) -> UnitForm:
    """A form with these units to put it into; ``top`` when it may also stand at the top."""
    form = UnitForm()
    form.parent.choices = [*([(0, _("the top of the directory"))] if top else []), *unit_choices(units)]
    return form


def unit_choices(units: Iterable[UnitRow]) -> list[tuple[int, str]]:
    """Units as a drop-down shows them: moved in by their depth."""
    return [(unit.id, "\u2003" * (len(unit.path) - 1) + unit.name) for unit in units]
