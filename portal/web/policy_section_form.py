"""What the forms of a policy's sections are made of."""

from datetime import timedelta
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField

from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_offers import PolicyOffers
from portal.domain.policy_sections import PolicySection
from portal.web.translate import gettext as _
from portal.web.words.policy_settings import SETTINGS


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A whole number, or a message in the language of the page."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; raises ValueError with words for anything else."""
        try:
            super().process_formdata([value.strip() for value in valuelist])
        except ValueError as error:
            raise ValueError(_("Enter a whole number")) from error
        if self.data is None:
            raise ValueError(_("Enter a whole number"))


class SectionForm(FlaskForm):  # type: ignore[misc]
    """What the forms of all sections have in common; ``groups`` puts its fields under headings."""

    #: fields that are not called as the setting they stand for
    SETTING: ClassVar[dict[str, str]] = {"resend_days": "resend_after", "validity_days": "validity"}
    section: ClassVar[PolicySection]
    groups: ClassVar[tuple[tuple[str, ...], ...]]

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:
        """Show what the policy says."""
        raise TypeError(policy, offers)  # every section has its own

    def values(self) -> dict[str, Any]:
        """The fields of a policy this section stands for."""
        raise TypeError(self)  # every section has its own


def label(section: PolicySection, setting: str) -> Any:
    """What a setting is called, for the field that stands for it."""
    return SETTINGS[f"{section.value}.{setting}"][0]


def whole_days(number: int) -> timedelta:
    """A length of time as it was typed; what no calendar holds is left to the check to refuse."""
    return timedelta(days=max(-1, min(number, 10**6)))


def fields_of(form: SectionForm) -> tuple[tuple[Field, ...], ...]:
    """The fields under their headings."""
    return tuple(tuple(form[name] for name in group) for group in form.groups)
