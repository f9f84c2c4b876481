"""What is wrong with a draft of a policy, by section and field; nothing wrong means that it may be published."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_offers import PolicyOffers
from portal.domain.policy_sections import PolicySection
from portal.domain.policy_template_check import template_faults
from portal.domain.texts import text_fault

NAME_LONGEST: Final = 200
PER_PERSON_MOST: Final = 1000
PIN_SHORTEST: Final = 4
RESENT_LAST: Final = timedelta(days=90)
CONFIRMED_LONGEST: Final = timedelta(days=366)
PIN_LONGEST: Final = 64
TASK_DAYS_MOST: Final = 90


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One thing to mend: a code for ``field`` of a section; ``subject`` and ``index`` name what it is about."""

    section: PolicySection
    field: str
    code: str
    subject: str = ""
    index: int | None = None


def problems(draft: DeviceUsagePolicy, offers: PolicyOffers) -> tuple[PolicyProblem, ...]:
    """Everything to mend, in the order of the sections."""
    contents = (_general(draft), _templates(draft, offers), _commons(draft, offers), _identity(draft, offers))
    rules = (_tracking(draft), _devices(draft), _agents(draft), _notifications(draft))
    return tuple(problem for group in (*contents, *rules) for problem in group)


def _general(draft: DeviceUsagePolicy) -> Iterator[PolicyProblem]:
    fault = text_fault(draft.name, NAME_LONGEST)
    if fault:
        yield PolicyProblem(PolicySection.GENERAL, "name", fault)
    if not (draft.templates or draft.commons or draft.tracking or draft.registers):
        yield PolicyProblem(PolicySection.TEMPLATES, "templates", "policy_empty")


def _templates(draft: DeviceUsagePolicy, offers: PolicyOffers) -> Iterator[PolicyProblem]:
    names = Counter(template.name.strip() for template in draft.templates)
    keys = Counter(template.key for template in draft.templates)
    for index, template in enumerate(draft.templates):
        faults = template_faults(template, offers)
        if names[template.name.strip()] > 1:
            faults.setdefault("name", "repeated")
        if keys[template.key] > 1:
            faults.setdefault("ca_template", "template_repeated")
        for field, code in faults.items():
            yield PolicyProblem(PolicySection.TEMPLATES, field, code, template.name, index)


def _commons(draft: DeviceUsagePolicy, offers: PolicyOffers) -> Iterator[PolicyProblem]:
    for common in draft.commons:
        known = offers.common(common.name)
        if known is None:
            yield PolicyProblem(PolicySection.COMMONS, "commons", "common_gone", common.name)
        elif (known.version, known.fingerprint) != (common.version, common.fingerprint):
            yield PolicyProblem(PolicySection.COMMONS, "commons", "common_replaced", common.name)


def _identity(draft: DeviceUsagePolicy, offers: PolicyOffers) -> Iterator[PolicyProblem]:
    rules = draft.identity
    if rules.ask and not offers.exchange:
        yield PolicyProblem(PolicySection.IDENTITY, "ask", "no_exchange")
    if rules.ask and not rules.checks:
        yield PolicyProblem(PolicySection.IDENTITY, "checks", "no_registers")
    if not timedelta(days=1) <= rules.validity <= CONFIRMED_LONGEST:
        yield PolicyProblem(PolicySection.IDENTITY, "validity_days", "validity_range")


def _tracking(draft: DeviceUsagePolicy) -> Iterator[PolicyProblem]:
    if draft.track_automatically and not draft.tracking:
        yield PolicyProblem(PolicySection.TRACKING, "track_automatically", "needs_tracking")


def _devices(draft: DeviceUsagePolicy) -> Iterator[PolicyProblem]:
    rules = draft.devices
    if not 0 <= rules.per_person <= PER_PERSON_MOST:
        yield PolicyProblem(PolicySection.DEVICES, "per_person", "devices_range")
    for field in ("pin_min_length", "pin_max_length"):
        if not PIN_SHORTEST <= getattr(rules, field) <= PIN_LONGEST:
            yield PolicyProblem(PolicySection.DEVICES, field, "pin_out_of_range")
    if rules.pin_min_length > rules.pin_max_length:
        yield PolicyProblem(PolicySection.DEVICES, "pin_max_length", "pin_range")


def _agents(draft: DeviceUsagePolicy) -> Iterator[PolicyProblem]:
    if not 1 <= draft.agents.task_days <= TASK_DAYS_MOST:
        yield PolicyProblem(PolicySection.AGENTS, "task_days", "task_days_range")


def _notifications(draft: DeviceUsagePolicy) -> Iterator[PolicyProblem]:
    if not timedelta(days=1) <= draft.notifications.resend_after <= RESENT_LAST:
        yield PolicyProblem(PolicySection.NOTIFICATIONS, "resend_days", "resend_range")
