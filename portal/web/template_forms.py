"""The form of a certificate template: its fields, and the rows its names are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.certificate import KeyAlgorithm, TemplateKey
from portal.domain.errors import InvalidInput
from portal.domain.identity_check import ASKABLE
from portal.domain.policy import CertificateTemplate, SubjectRecipe
from portal.domain.policy_offers import PolicyOffers
from portal.domain.recipe import Pairs
from portal.web.choices import Arguments, template_key, template_value
from portal.web.forms import show_errors
from portal.web.policy_forms import chosen_checks
from portal.web.policy_section_form import WholeNumber, whole_days
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.errors import field_message
from portal.web.words.identity import SERVICES
from portal.web.words.names import attribute_name
from portal.web.words.policies import ALGORITHMS, offered_name, unknown_offer
from portal.web.words.policy_settings import SETTINGS

ROWS_MOST: Final = 40
DEFAULT_WINDOW: Final = timedelta(days=30)
_SWITCHES: Final = ("qualified", "reuse_key", "escrow", "revoke_on_removal")


def _label(setting: str) -> Any:
    return SETTINGS[f"templates.{setting}"][0]


@dataclass(frozen=True, slots=True)
class RecipeRow:
    """A line of the subject or of the alternative names, as it was typed."""

    field: str
    pattern: str
    error: str = ""


class TemplateForm(FlaskForm):  # type: ignore[misc]
    """Everything of a template but its rows."""

    #: fields that are called as the setting they stand for
    PLAIN = (
        *("name", "ca_template", "algorithm", "optional", "qualified", "checks"),
        *("reuse_key", "escrow", "revoke_on_removal"),
    )

    name = StringField(_label("name"))
    ca_template = SelectField(_label("ca_template"), validate_choice=False)
    optional = RadioField(
        _l("Who gets it"),
        choices=[
            SelectChoice("no", _l("Everybody: the certificate is required")),
            SelectChoice("yes", _l("Whoever chooses it: optional")),
        ],
        default="no",
        validate_choice=False,
    )
    qualified = BooleanField(_label("qualified"))
    checks = SelectMultipleField(
        _label("checks"), choices=[SelectChoice(one.value, SERVICES[one]) for one in ASKABLE], validate_choice=False
    )
    algorithm = SelectField(_label("algorithm"), validate_choice=False)
    reuse_key = BooleanField(_label("reuse_key"))
    escrow = BooleanField(_label("escrow"))
    renewal_days = WholeNumber(_label("renewal_window"))
    tracked = SelectMultipleField(_label("tracked_attributes"), validate_choice=False)
    revoke_on_removal = BooleanField(_label("revoke_on_removal"))

    def offer(self, offers: PolicyOffers, known: TemplateKey | None) -> None:
        """Name what there is to choose from; what the template says now is never missing from it."""
        choices = {
            template_value(TemplateKey(ca, one.name, one.purpose)): offered_name(ca, one)
            for ca, offered in offers.authorities.items()
            for one in offered
        }
        if known is not None and known.ca_template:
            choices.setdefault(template_value(known), unknown_offer(known.ca, known.ca_template, known.purpose))
        self.ca_template.choices = [SelectChoice(value, name) for value, name in choices.items()]
        self.algorithm.choices = [SelectChoice(kind.value, name) for kind, name in ALGORITHMS.items()]
        self.tracked.choices = [SelectChoice(name, attribute_name(name)) for name in offers.attributes]

    def show(self, template: CertificateTemplate) -> None:
        """Show what the template says."""
        self.name.data = template.name
        self.ca_template.data = template_value(template.key)
        self.optional.data = "yes" if template.optional else "no"
        self.algorithm.data = template.algorithm.value
        self.renewal_days.data = template.renewal_window.days
        self.tracked.data = list(template.tracked_attributes)
        self.checks.data = [one.value for one in template.checks]
        for name in _SWITCHES:
            self[name].data = getattr(template, name)

    def template(self, subject: Pairs, alternative: Pairs) -> CertificateTemplate:
        """The template as it was filled in; raises InvalidInput by field."""
        key, algorithm = self._key(), self.algorithm.data
        if algorithm not in set(KeyAlgorithm):
            raise InvalidInput({"algorithm": "required"})
        return CertificateTemplate(
            key=key,
            name=(self.name.data or "").strip(),
            algorithm=KeyAlgorithm(algorithm),
            recipe=SubjectRecipe(subject, alternative),
            renewal_window=whole_days(self.renewal_days.data),
            optional=self.optional.data == "yes",
            tracked_attributes=tuple(dict.fromkeys(self.tracked.data or ())),
            checks=chosen_checks(self.checks.data),
            **{name: self[name].data for name in _SWITCHES},
        )

    def _key(self) -> TemplateKey:
        if not self.ca_template.data:
            raise InvalidInput({"ca_template": "required"})
        try:
            return template_key(self.ca_template.data)
        except InvalidInput as error:
            raise InvalidInput({"ca_template": "invalid"}) from error

    def blame(self, error: InvalidInput) -> None:
        """Put messages beside their fields; those of rows stand beside the rows."""
        own = {name: code for name, code in error.fields.items() if "-" not in name and name not in GROUPS}
        show_errors(self, InvalidInput(own))
        if own.keys() != error.fields.keys():
            self.form_errors.append(_("Some lines of the names have to be mended: see below"))


GROUPS: Final = ("subject", "alternative")


def rows_of(pairs: Pairs, group: str, faults: Mapping[str, str]) -> tuple[RecipeRow, ...]:
    """The rows of a group, each with what is wrong with it."""
    codes = [faults.get(f"{group}-{index}", "") for index in range(len(pairs))]
    return tuple(
        RecipeRow(field, pattern, field_message(code) if code else "")
        for (field, pattern), code in zip(pairs, codes, strict=True)
    )


def typed_rows(arguments: Arguments, group: str) -> Pairs:
    """The rows of a group as they were sent."""
    fields, patterns = arguments.getlist(f"{group}_field"), arguments.getlist(f"{group}_pattern")
    return tuple(zip(fields, patterns, strict=False))[:ROWS_MOST]


def filled(pairs: Pairs) -> Pairs:
    """The rows in which something was typed."""
    return tuple((field, pattern.strip()) for field, pattern in pairs if pattern.strip())
