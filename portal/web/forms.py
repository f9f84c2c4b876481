"""Forms: one class each, wording in one place. A service takes values made from a form, never the form."""

from typing import Final

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from portal.domain.errors import InvalidInput
from portal.web.translate import lazy_gettext as _l
from portal.web.words.errors import field_message

PIN_LONGEST: Final = 255  # PKCS#11 lengths fit a byte on every token we met


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Login and password."""

    login = StringField(_l("Login"), [InputRequired(_l("Enter your login")), Length(max=100)])
    password = PasswordField(_l("Password"), [InputRequired(_l("Enter your password")), Length(max=1000)])


class PinForm(FlaskForm):  # type: ignore[misc]
    """The user PIN; never sent back to the page."""

    pin = PasswordField(_l("User PIN"), [InputRequired(_l("Enter the PIN")), Length(max=PIN_LONGEST)])
    #: asked for only where the PIN is set, not tried
    again = PasswordField(_l("User PIN once more"), [Length(max=PIN_LONGEST)])


class SettlementForm(FlaskForm):  # type: ignore[misc]
    """What a person says of a step nobody could tell about."""

    happened = RadioField(
        _l("What is true?"),
        [InputRequired(_l("Choose one of the answers"))],
        choices=[
            SelectChoice("yes", _l("The step took effect")),
            SelectChoice("no", _l("The step did not take effect")),
            SelectChoice(
                "give_up", _l("Nobody can tell: end the update, undo what can be undone, write down the rest")
            ),
        ],
    )
    comment = TextAreaField(_l("How do you know?"), [InputRequired(_l("Write down how you know it")), Length(max=500)])


def show_errors(form: FlaskForm, error: InvalidInput) -> None:
    """Put the messages of a service beside their fields; what has no field stands at the head."""
    for name, code in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, field_message(code)]
        else:
            form.form_errors.append(field_message(code))
