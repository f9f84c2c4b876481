"""Forms about a device's life; each carries the version of the device its page showed."""

from collections.abc import Sequence
from typing import Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, HiddenField, PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length, Optional

from portal.db.queries.views import PersonRow
from portal.web.forms import PIN_LONGEST
from portal.web.forms_directory import number
from portal.web.translate import lazy_gettext as _l
from portal.web.words.device_life import REASONS

COMMENT_LONGEST: Final = 500


class LifeForm(FlaskForm):  # type: ignore[misc]
    """What every operation asks for: nothing but a comment."""

    version = HiddenField()
    comment = TextAreaField(_l("Comment"), [Length(max=COMMENT_LONGEST)])

    @property
    def shown_version(self) -> int | None:
        """The version the page showed, None when it showed none."""
        given = str(self.version.data or "")
        return number(given) if given.isascii() and given.isdigit() else None


class RevokeForm(LifeForm):
    """Why the device is revoked."""

    reason = RadioField(
        _l("Why is the device revoked?"),
        [InputRequired(_l("Choose one of the answers"))],
        choices=[SelectChoice(reason.value, label) for reason, label in REASONS.items()],
    )


class NewPinForm(FlaskForm):  # type: ignore[misc]
    """The PIN to be set, twice; neither is ever sent back to the page."""

    version = HiddenField()
    new_pin = PasswordField(_l("New PIN"), [InputRequired(_l("Enter the new PIN")), Length(max=PIN_LONGEST)])
    again = PasswordField(
        _l("New PIN once more"),
        [InputRequired(_l("Enter the new PIN once more")), EqualTo("new_pin", _l("The two PINs differ"))],
    )
    shown_version = LifeForm.shown_version


class ChangePinForm(NewPinForm):
    """The PIN as it is, too."""

    pin = PasswordField(_l("Present PIN"), [InputRequired(_l("Enter the PIN")), Length(max=PIN_LONGEST)])


class EditForm(LifeForm):
    """What people call the device, and what the portal has to know of its token."""

    label = StringField(_l("Label"), [Length(max=100)])
    tags = StringField(_l("Tags"), [Length(max=500)])
    so_pin = PasswordField(_l("Administrator PIN"), [Length(max=PIN_LONGEST)])


class AssignForm(LifeForm):
    """Who gets the device: typed words, then one of the people they lead to."""

    q = StringField(_l("To whom"), [Length(max=200)])
    person = RadioField(_l("Who of them?"), validate_choice=False, validators=[Optional()])

    def offer(self, people: Sequence[PersonRow]) -> None:
        """The people to choose from."""
        about = ((one, " · ".join(part for part in (one.login, *one.unit[-1:]) if part)) for one in people)
        self.person.choices = [SelectChoice(str(one.id), f"{one.name} ({more})") for one, more in about]


class CleanForm(LifeForm):
    """What goes besides, and the PIN; bound to the plan that was shown."""

    content_hash = HiddenField()
    revoke_all = BooleanField(_l("Revoke every certificate at the CA"))
    give_up_keys = BooleanField(_l("Delete the keys that alone open old mail, too"))
    pin = PasswordField(_l("User PIN"), [InputRequired(_l("Enter the PIN")), Length(max=PIN_LONGEST)])


class AddForm(EditForm):
    """A device to take in."""

    serial = StringField(_l("Serial number"), [InputRequired(_l("Enter the serial number")), Length(max=64)])
    kind = StringField(_l("Type"), [Length(max=60)])
    model = StringField(_l("Model"), [Length(max=100)])
    holder = StringField(_l("Holder"), [Length(max=200)])


def _day_when_asked_for(form: FlaskForm, field: DateField) -> None:
    """A replacement until a day names the day; without one it would be taken for one that is for good."""
    Optional()(form, field) if form.lasting.data != "until" else InputRequired(_l("Choose the day"))(form, field)


class ReplaceForm(LifeForm):
    """Which device comes in its place, and for how long."""

    serial = StringField(
        _l("Serial number of the new device"), [InputRequired(_l("Enter the serial number")), Length(max=64)]
    )
    lasting = RadioField(
        _l("For how long?"),
        [InputRequired(_l("Choose one of the answers"))],
        choices=[SelectChoice("good", _l("For good")), SelectChoice("until", _l("Until a day"))],
    )
    until = DateField(_l("The day it is given back"), [_day_when_asked_for])
