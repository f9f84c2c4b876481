"""The form that lets many leave at once."""

from flask_wtf import FlaskForm
from wtforms import StringField

from portal.web.translate import lazy_gettext as _l


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """Why so many may leave; what is wrong with it is said by the service."""

    reason = StringField(_l("Why is this right?"))
