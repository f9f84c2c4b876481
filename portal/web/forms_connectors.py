"""The form of a connector, made of the fields its kind asks for; secrets go in and never come back."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.domain.connector_fields import ON, Field, FieldKind
from portal.domain.connector_kinds import KINDS, ConnectorKind
from portal.services.connectors import ConnectorDraft
from portal.web.translate import lazy_gettext as _l
from portal.web.words.connector_fields import field_words

#: The boxes that take an optional secret away.
FORGET: Final = "forget"
_AREAS: Final = frozenset({FieldKind.LINES, FieldKind.CERTIFICATE, FieldKind.KEY})


class ConnectorForm(FlaskForm):  # type: ignore[misc]
    """What every connector has; a subclass for each kind adds what that is told."""

    name = StringField(_l("Name"))
    revision = HiddenField()

    def draft(self, kind: ConnectorKind, name: str = "") -> ConnectorDraft:
        """What was typed; the name of one that is there stays."""
        typed = {field.name: self._typed(field) for field in KINDS[kind].fields}
        return ConnectorDraft(kind, name or self.name.data or "", typed, frozenset(request.form.getlist(FORGET)))

    def _typed(self, field: Field) -> str:
        value = self[field.name].data
        return (ON if value else "") if field.kind is FieldKind.SWITCH else str(value or "")

    def without_secrets(self, kind: ConnectorKind) -> "ConnectorForm":
        """To be shown again: what was typed, but no secret."""
        for name in KINDS[kind].secrets:
            self[name].data = ""
        return self


def empty_form(kind: ConnectorKind) -> ConnectorForm:
    """For a new one."""
    return shown_form(kind, {field.name: field.default for field in KINDS[kind].fields}, 0)


def shown_form(kind: ConnectorKind, plain: Mapping[str, str], revision: int) -> ConnectorForm:
    """With what is kept."""
    switches = {field.name: bool(plain.get(field.name)) for field in KINDS[kind].fields if _is_switch(field)}
    return _form_of(kind)(formdata=None, data={**plain, **switches, "revision": revision})


def sent_form(kind: ConnectorKind) -> ConnectorForm:
    """With what was sent."""
    return _form_of(kind)()


@cache
def _form_of(kind: ConnectorKind) -> type[ConnectorForm]:
    made = {field.name: _control(kind, field) for field in KINDS[kind].fields}
    return type("ConnectorFormOfKind", (ConnectorForm,), made)


def _control(kind: ConnectorKind, field: Field) -> Any:
    words = field_words(kind, field.name)
    if _is_switch(field):
        return BooleanField(words.label)
    if field.kind is FieldKind.CHOICE:
        choices = [SelectChoice(value, words.choices.get(value, value)) for value in field.choices]
        return SelectField(words.label, choices=choices, validate_choice=False)
    control = TextAreaField if field.kind in _AREAS else PasswordField if field.secret else StringField
    return control(words.label)


def _is_switch(field: Field) -> bool:
    return field.kind is FieldKind.SWITCH
