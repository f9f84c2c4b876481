"""The forms about agents: whose workstation it is, why it is out, a one-time code."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Final

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from portal.web.translate import lazy_gettext as _l

COMMENT_LONGEST: Final = 500
TASK_COMMENT_LONGEST: Final = 1000
#: No workstation has this number.
ANYWHERE: Final = 0
#: How long a code may be good, in hours.
LIVES: Final = {1: _l("1 hour"), 24: _l("24 hours"), 168: _l("7 days")}
USUAL_LIFE: Final = 24


class BindingForm(FlaskForm):  # type: ignore[misc]
    """Whose workstation it is."""

    person = StringField(_l("Person who works there"), [Length(max=100, message=_l("This is too long"))])


class ShuttingForm(FlaskForm):  # type: ignore[misc]
    """Why a workstation is turned away or shut out."""

    comment = StringField(_l("Comment"), [Length(max=COMMENT_LONGEST, message=_l("This is too long"))])


class AgentTaskForm(FlaskForm):  # type: ignore[misc]
    """An update at a workstation: what the person there is told, until which day, and where alone it may be done."""

    comment = TextAreaField(
        _l("What the person there is told"), [Length(max=TASK_COMMENT_LONGEST, message=_l("This is too long"))]
    )
    expires_at = DateField(_l("Until the end of"), [Optional()])
    agent = SelectField(_l("At which workstation"), coerce=int, default=ANYWHERE)

    def offer(self, workstations: Iterable[tuple[int, str]]) -> None:
        """The workstations to choose from."""
        anywhere = SelectChoice(ANYWHERE, _l("Any that sees the device"))
        self.agent.choices = [anywhere, *(SelectChoice(*one) for one in workstations)]

    def until(self) -> datetime | None:
        """The end of the chosen day, here."""
        day = self.expires_at.data
        return None if day is None else datetime.combine(day, time.max).astimezone()


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
