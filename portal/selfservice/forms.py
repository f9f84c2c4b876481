"""Forms of self-service."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from portal.domain.device_life import RevocationReason
from portal.web.forms import PIN_LONGEST
from portal.web.translate import lazy_gettext as _l


class PinChangeForm(FlaskForm):  # type: ignore[misc]
    """The PIN as it is, and twice the one it is to be; none of them is ever sent back to the page."""

    pin = PasswordField(_l("Present PIN"), [InputRequired(_l("Enter the PIN")), Length(max=PIN_LONGEST)])
    new_pin = PasswordField(_l("New PIN"), [InputRequired(_l("Enter the new PIN")), Length(max=PIN_LONGEST)])
    again = PasswordField(
        _l("New PIN once more"),
        [InputRequired(_l("Enter the new PIN once more")), EqualTo("new_pin", _l("The two PINs differ"))],
    )


class ReportForm(FlaskForm):  # type: ignore[misc]
    """What happened to the token."""

    reason = RadioField(
        _l("What happened?"),
        [InputRequired(_l("Choose one of the answers"))],
        choices=[
            SelectChoice(RevocationReason.LOST.value, _l("I have lost it, or it was stolen")),
            SelectChoice(RevocationReason.BROKEN.value, _l("It is broken")),
            SelectChoice(RevocationReason.COMPROMISED.value, _l("Somebody else may know its PIN or have used it")),
        ],
    )
    comment = TextAreaField(_l("When and how, if you know (may be left empty)"), [Length(max=500)])
