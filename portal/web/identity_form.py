"""The form about the person a qualified certificate is for: only what the registers to be asked need."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask_babel import LazyString
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, SelectField, StringField

from portal.domain.errors import InvalidInput
from portal.domain.identity_form import (
    NUMBER_FIELDS,
    ORGANIZATION_FIELDS,
    PASSPORT_FIELDS,
    PERSON_FIELDS,
    tidy_claim,
)
from portal.web.identity_prefill import Value
from portal.web.translate import lazy_gettext as _l
from portal.web.words import identity_form as words

#: How a field is typed; nothing of it is kept by the browser.
_PRIVATE: Final = {"autocomplete": "off", "spellcheck": "false"}
_NUMERIC: Final = {**_PRIVATE, "inputmode": "numeric"}
_ATTRIBUTES: Final = {
    **dict.fromkeys((*PERSON_FIELDS, *PASSPORT_FIELDS, *NUMBER_FIELDS, *ORGANIZATION_FIELDS), _PRIVATE),
    **dict.fromkeys((*PASSPORT_FIELDS[:4], *NUMBER_FIELDS, *ORGANIZATION_FIELDS[1:], "birth_date"), _NUMERIC),
    "citizenship": {**_PRIVATE, "list": "identity-countries"},
}
#: May stay empty, or be as they are: the cursor does not wait there.
_OPTIONAL: Final = frozenset({"middle_name", "no_middle_name", "birth_place"})
#: What a passport is not checked without, and nothing else needs.
_OF_PASSPORT: Final = frozenset({"birth_place", "citizenship"})


class IdentityForm(FlaskForm):  # type: ignore[misc]
    """A claim about a person, as it is typed; what is wrong with a value is said by the service."""

    surname = StringField(_l("Surname"))
    given_name = StringField(_l("Given name"))
    middle_name = StringField(_l("Patronymic"))
    no_middle_name = BooleanField(_l("There is no patronymic"))
    birth_date = StringField(_l("Date of birth"))
    birth_place = StringField(_l("Place of birth"))
    sex = SelectField(_l("Sex"), validate_choice=False)
    citizenship = StringField(_l("Citizenship"))
    passport_series = StringField(_l("Series"))
    passport_number = StringField(_l("Number"))
    passport_date = StringField(_l("Date of issue"))
    passport_code = StringField(_l("Code of the department"))
    passport_issuer = StringField(_l("Who issued it"))
    snils = StringField("СНИЛС")
    inn = StringField("ИНН")
    organization_name = StringField(_l("Name of the organisation"))
    organization_inn = StringField(_l("ИНН of the organisation"))
    organization_ogrn = StringField(_l("ОГРН of the organisation"))
    seen = HiddenField()

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.sex.choices = [("", _l("choose")), *((sex.value, name) for sex, name in words.SEXES.items())]

    def typed(self, shown: Collection[str]) -> dict[str, str]:
        """What was typed into these fields."""
        found = {name: self[name].data or "" for name in shown}
        return {name: "y" if value is True else value for name, value in found.items()}

    def refuse(self, error: InvalidInput, attributes: Mapping[str, str], *, by_holder: bool) -> None:
        """Put what is wrong beside its field; ``attributes`` are what the directory knows of the person."""
        for name, code in error.fields.items():
            differs = code == "differs_from_directory"
            known = attributes.get(name, "")
            label = self[name].label.text
            message = words.differs(known, by_holder=by_holder) if differs else words.fault_message(name, label, code)
            self[name].errors = [*self[name].errors, message]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field with its hint: how it is written, and where its value came from."""

    field: Any
    hint: str
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ticked(self) -> bool:
        """Whether it is a box to tick."""
        return isinstance(self.field, BooleanField)


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Fields that belong together."""

    title: str
    fields: tuple[FormField, ...]


def shown_fields(demanded: Collection[str]) -> tuple[str, ...]:
    """The fields of the form when these blocks are demanded, in order."""
    return tuple(name for _title, names in _groups(demanded) for name in names)


def field_groups(form: IdentityForm, demanded: Collection[str], known: Mapping[str, Value]) -> tuple[FieldGroup, ...]:
    """The form as its page shows it."""
    first = _first(form, shown_fields(demanded))
    return tuple(
        FieldGroup(str(title), tuple(_field(form, name, known, first=name == first) for name in names))
        for title, names in _groups(demanded)
        if names
    )


def _first(form: IdentityForm, shown: Collection[str]) -> str:
    """Where the cursor belongs: on the first mistake, else on the first field to be filled in."""
    wrong = [name for name in shown if form[name].errors]
    empty = [name for name in shown if name not in _OPTIONAL and not form[name].data]
    return next(iter([*wrong, *empty]), "")


def _groups(demanded: Collection[str]) -> Iterable[tuple[LazyString, tuple[str, ...]]]:
    left_out = set() if "passport" in demanded else set(_OF_PASSPORT)
    left_out |= set() if "sex" in demanded else {"sex"}
    yield words.PERSON, tuple(name for name in PERSON_FIELDS if name not in left_out)
    yield words.PASSPORT, PASSPORT_FIELDS if "passport" in demanded else ()
    yield words.NUMBERS, tuple(name for name in NUMBER_FIELDS if name in demanded)
    yield words.ORGANIZATION, ORGANIZATION_FIELDS if "organization" in demanded else ()


def _field(form: IdentityForm, name: str, known: Mapping[str, Value], *, first: bool) -> FormField:
    value = known.get(name)
    typed = "y" if form[name].data is True else form[name].data or ""
    same = value is not None and _same(name, typed, value.value)
    parts = (str(words.HINTS.get(name, "")), value.source if value is not None and same else "")
    attributes = {**_ATTRIBUTES[name], **({"autofocus": True} if first else {})}
    return FormField(form[name], " · ".join(part for part in parts if part), attributes)


def _same(name: str, typed: str, known: str) -> bool:
    return tidy_claim({name: typed})[name] == tidy_claim({name: known})[name]
