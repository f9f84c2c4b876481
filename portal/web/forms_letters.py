"""The forms of letters."""

from typing import Self

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.services.letters import Administrators
from portal.web.forms_directory import number
from portal.web.translate import lazy_gettext as _l

_NEVER = -1


def _hour(value: object) -> int:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else _NEVER  # noqa: PLR2004


class RecipientsForm(FlaskForm):  # type: ignore[misc]
    """Who the administrators are for letters."""

    addresses = TextAreaField(_l("Addresses"))
    groups = TextAreaField(_l("Groups of the directory"))
    locale = SelectField(
        _l("Language"), choices=[SelectChoice("ru", "Русский"), SelectChoice("en", "English")], validate_choice=False
    )
    digest_hour = SelectField(
        _l("Daily digest"),
        choices=[SelectChoice(_NEVER, _l("None")), *(SelectChoice(hour, f"{hour:02}:00") for hour in range(24))],
        coerce=_hour,
        validate_choice=False,
    )
    version = HiddenField()

    @classmethod
    def showing(cls, stored: Administrators) -> Self:
        """The form with what is stored."""
        return cls(
            formdata=None,
            data={
                "addresses": "\n".join(stored.addresses),
                "groups": "\n".join(stored.groups),
                "locale": stored.locale,
                "digest_hour": _NEVER if stored.digest_hour is None else stored.digest_hour,
                "version": stored.version,
            },
        )

    def wanted(self) -> Administrators:
        """What was entered."""
        hour = self.digest_hour.data
        return Administrators(
            _lines(self.addresses.data),
            _lines(self.groups.data),
            "en" if self.locale.data == "en" else "ru",
            None if hour == _NEVER else hour,
            number(self.version.data),
        )


class TestForm(FlaskForm):  # type: ignore[misc]
    """Where a test letter goes."""

    address = StringField(_l("Send a test letter to"))


def _lines(text: str | None) -> tuple[str, ...]:
    parts = (part.strip() for line in (text or "").splitlines() for part in line.replace(";", ",").split(","))
    return tuple(dict.fromkeys(part for part in parts if part))
