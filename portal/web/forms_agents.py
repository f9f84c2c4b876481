"""The forms about agents: whose workstation it is, why it is out, a one-time code."""

from datetime import timedelta
from typing import Final

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from portal.web.translate import lazy_gettext as _l

COMMENT_LONGEST: Final = 500
#: How long a code may be good, in hours.
LIVES: Final = {1: _l("1 hour"), 24: _l("24 hours"), 168: _l("7 days")}
USUAL_LIFE: Final = 24


class BindingForm(FlaskForm):  # type: ignore[misc]
    """Whose workstation it is."""

    person = StringField(_l("Person who works there"), [Length(max=100, message=_l("This is too long"))])


class ShuttingForm(FlaskForm):  # type: ignore[misc]
    """Why a workstation is turned away or shut out."""

    comment = StringField(_l("Comment"), [Length(max=COMMENT_LONGEST, message=_l("This is too long"))])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A one-time code."""

    comment = StringField(_l("Comment"), [Length(max=COMMENT_LONGEST, message=_l("This is too long"))])
    person = StringField(_l("Person who works there"), [Length(max=100, message=_l("This is too long"))])
    life = SelectField(
        _l("Good for"),
        choices=[SelectChoice(hours, name) for hours, name in LIVES.items()],
        default=USUAL_LIFE,
        coerce=int,
    )

    def span(self) -> timedelta:
        """How long it shall be good."""
        return timedelta(hours=self.life.data)
