"""The forms of a policy's sections; each reads a policy and answers the values a draft is saved with."""

from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice

from portal.domain.identity_check import ASKABLE, IdentityRules, IdentityService
from portal.domain.letters import BY_POLICY, Audience, LetterKind, LetterRule, NotificationRules
from portal.domain.policy import (
    AgentRules,
    DeviceRules,
    DeviceUsagePolicy,
    OtherPerson,
    Register,
    SelfServiceRules,
)
from portal.domain.policy_offers import PolicyOffers
from portal.domain.policy_sections import PolicySection
from portal.web.policy_section_form import SectionForm, WholeNumber, label, whole_days
from portal.web.words.agents import OTHER_PERSON
from portal.web.words.identity import SERVICES
from portal.web.words.letters import AUDIENCES


class GeneralForm(SectionForm):
    """The name."""

    section = PolicySection.GENERAL
    groups = (("name",),)
    name = StringField(label(section, "name"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        self.name.data = policy.name

    def values(self) -> dict[str, Any]:
        return {"name": (self.name.data or "").strip()}


class IdentityForm(SectionForm):
    """Registers of the state before a qualified certificate."""

    section = PolicySection.IDENTITY
    groups = (("ask", "checks", "validity_days"), ("announce",))
    ask = BooleanField(label(section, "ask"))
    checks = SelectMultipleField(
        label(section, "checks"), choices=[SelectChoice(one.value, SERVICES[one]) for one in ASKABLE]
    )
    validity_days = WholeNumber(label(section, "validity"))
    announce = BooleanField(label(section, "announce"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        rules = policy.identity
        self.ask.data, self.announce.data = rules.ask, rules.announce
        self.checks.data = [one.value for one in rules.checks]
        self.validity_days.data = rules.validity.days

    def values(self) -> dict[str, Any]:
        rules = IdentityRules(
            ask=self.ask.data,
            checks=chosen_checks(self.checks.data),
            validity=whole_days(self.validity_days.data),
            announce=self.announce.data,
        )
        return {"identity": rules}


class TrackingForm(SectionForm):
    """Foreign certificates."""

    section = PolicySection.TRACKING
    groups = (("tracking", "track_automatically"),)
    tracking = BooleanField(label(section, "tracking"))
    track_automatically = BooleanField(label(section, "track_automatically"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        self.tracking.data = policy.tracking
        self.track_automatically.data = policy.track_automatically

    def values(self) -> dict[str, Any]:
        return {"tracking": self.tracking.data, "track_automatically": self.track_automatically.data}


class RegistersForm(SectionForm):
    """Switches of connectors."""

    section = PolicySection.REGISTERS
    groups = (("access_manager", "secret_net", "contract"),)
    access_manager = BooleanField(label(section, "access_manager"))
    secret_net = BooleanField(label(section, "secret_net"))
    contract = BooleanField(label(section, "contract"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        for kind in Register:
            self[kind.value].data = kind in policy.registers

    def values(self) -> dict[str, Any]:
        return {"registers": frozenset(kind for kind in Register if self[kind.value].data)}


class SelfServiceForm(SectionForm):
    """What the holder may do."""

    section = PolicySection.SELF_SERVICE
    groups = (("update", "choose_optional", "choose_tracked"), ("change_pin", "suspend", "revoke"))
    update = BooleanField(label(section, "update"))
    choose_optional = BooleanField(label(section, "choose_optional"))
    choose_tracked = BooleanField(label(section, "choose_tracked"))
    change_pin = BooleanField(label(section, "change_pin"))
    suspend = BooleanField(label(section, "suspend"))
    revoke = BooleanField(label(section, "revoke"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        for name in self._names():
            self[name].data = getattr(policy.self_service, name)

    def values(self) -> dict[str, Any]:
        return {"self_service": SelfServiceRules(**{name: self[name].data for name in self._names()})}

    def _names(self) -> tuple[str, ...]:
        return tuple(name for group in self.groups for name in group)


class DevicesForm(SectionForm):
    """Device rules and PIN rules."""

    section = PolicySection.DEVICES
    groups = (("types", "per_person", "initialize"), ("pin_min_length", "pin_max_length"))
    types = SelectMultipleField(label(section, "types"), validate_choice=False)
    per_person = WholeNumber(label(section, "per_person"))
    initialize = BooleanField(label(section, "initialize"))
    pin_min_length = WholeNumber(label(section, "pin_min_length"))
    pin_max_length = WholeNumber(label(section, "pin_max_length"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:
        rules = policy.devices
        for name in ("per_person", "initialize", "pin_min_length", "pin_max_length"):
            self[name].data = getattr(rules, name)
        self.types.data = list(rules.types)
        self.offer(policy, offers)

    def offer(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:
        """Name the types there are, and those the policy knows though no device has them."""
        self.types.choices = [SelectChoice(name, name) for name in sorted({*offers.types, *policy.devices.types})]

    def values(self) -> dict[str, Any]:
        # what was not among the boxes cannot have been ticked
        offered = {one.value for one in self.types.choices or ()}
        rules = DeviceRules(
            types=tuple(sorted(offered & set(self.types.data or ()))),
            per_person=self.per_person.data,
            initialize=self.initialize.data,
            pin_min_length=self.pin_min_length.data,
            pin_max_length=self.pin_max_length.data,
        )
        return {"devices": rules}


class AgentsForm(SectionForm):
    """Devices at workstations."""

    section = PolicySection.AGENTS
    groups = (("updates", "task_days"), ("other_person", "report_foreign"))
    updates = BooleanField(label(section, "updates"))
    task_days = WholeNumber(label(section, "task_days"))
    other_person = SelectField(
        label(section, "other_person"),
        choices=[SelectChoice(one.value, OTHER_PERSON[one]) for one in OtherPerson],
    )
    report_foreign = BooleanField(label(section, "report_foreign"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        rules = policy.agents
        self.updates.data, self.report_foreign.data = rules.updates, rules.report_foreign
        self.task_days.data, self.other_person.data = rules.task_days, rules.other_person.value

    def values(self) -> dict[str, Any]:
        rules = AgentRules(
            updates=self.updates.data,
            other_person=OtherPerson(self.other_person.data),
            task_days=self.task_days.data,
            report_foreign=self.report_foreign.data,
        )
        return {"agents": rules}


def _letter(kind: LetterKind) -> SelectMultipleField:
    choices = [SelectChoice(one.value, AUDIENCES[one]) for one in Audience]
    return SelectMultipleField(label(PolicySection.NOTIFICATIONS, kind.value), choices=choices, validate_choice=False)


class NotificationsForm(SectionForm):
    """Who is written to, and when."""

    section = PolicySection.NOTIFICATIONS
    groups = (tuple(kind.value for kind in BY_POLICY), ("resend_days",))
    content_expiring = _letter(LetterKind.CONTENT_EXPIRING)
    content_expired = _letter(LetterKind.CONTENT_EXPIRED)
    policy_changed = _letter(LetterKind.POLICY_CHANGED)
    update_waiting = _letter(LetterKind.UPDATE_WAITING)
    update_done = _letter(LetterKind.UPDATE_DONE)
    update_failed = _letter(LetterKind.UPDATE_FAILED)
    resend_days = WholeNumber(label(section, "resend_after"))

    def read(self, policy: DeviceUsagePolicy, offers: PolicyOffers) -> None:  # noqa: ARG002
        for kind in BY_POLICY:
            self[kind.value].data = [one.value for one in policy.notifications.audiences(kind)]
        self.resend_days.data = policy.notifications.resend_after.days

    def values(self) -> dict[str, Any]:
        chosen = ((kind, frozenset(Audience) & set(self[kind.value].data or ())) for kind in BY_POLICY)
        rules = tuple(LetterRule(kind, frozenset(map(Audience, to))) for kind, to in chosen if to)
        return {"notifications": NotificationRules(rules, whole_days(self.resend_days.data))}


class NewPolicyForm(FlaskForm):  # type: ignore[misc]
    """The name of a policy that begins."""

    name = StringField(label(PolicySection.GENERAL, "name"))


#: Sections that are one form each; templates and common certificates have pages of their own.
FORMS: Final[dict[PolicySection, type[SectionForm]]] = {
    form.section: form
    for form in (
        GeneralForm,
        IdentityForm,
        TrackingForm,
        RegistersForm,
        SelfServiceForm,
        DevicesForm,
        AgentsForm,
        NotificationsForm,
    )
}


def chosen_checks(ticked: list[str] | None) -> frozenset[IdentityService]:
    """The registers that were ticked."""
    return frozenset(one for one in ASKABLE if one.value in set(ticked or ()))
