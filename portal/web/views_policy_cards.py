"""A policy as cards, one per section: what is set, in words."""

from dataclasses import dataclass, fields
from typing import Any

from flask import url_for

from portal.domain.ids import DraftId
from portal.domain.permissions import Permission
from portal.domain.policy import CertificateTemplate, DeviceUsagePolicy, Register
from portal.domain.policy_changes import letters_of
from portal.domain.policy_sections import PolicySection
from portal.web.sides import may
from portal.web.words.names import register_name
from portal.web.words.policies import (
    common_summary,
    offered_template,
    setting_value,
    template_summary,
    yes_no,
)
from portal.web.words.policy_settings import section_help, section_name, setting_name

Lines = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TemplateCard:
    """A template: its name, what it is in a line, and its settings."""

    name: str
    summary: str
    lines: Lines


@dataclass(frozen=True, slots=True)
class SectionCard:
    """A section: settings as lines, or templates; ``href`` leads to its form in a draft."""

    section: PolicySection
    name: str
    help: str
    lines: Lines
    templates: tuple[TemplateCard, ...] = ()
    href: str = ""


def section_cards(policy: DeviceUsagePolicy, draft: DraftId | None = None) -> tuple[SectionCard, ...]:
    """Every section but the name, in order; with links to its forms in a draft."""
    return tuple(_card(section, policy, draft) for section in PolicySection if section is not PolicySection.GENERAL)


def unconnected(policy: DeviceUsagePolicy, configured: frozenset[Register]) -> dict[str, Any]:
    """For pages of a policy: registers it switches on that no connector leads to."""
    missing = tuple(register_name(one) for one in Register if one in policy.registers - configured)
    return {"unconnected": missing, "may_connect": may(Permission.CONNECTORS_READ)}


def section_href(draft: DraftId, section: PolicySection) -> str:
    """The form of a section."""
    return url_for("admin.edit_section", draft_id=draft, section=section.value)


def _card(section: PolicySection, policy: DeviceUsagePolicy, draft: DraftId | None) -> SectionCard:
    return SectionCard(
        section=section,
        name=section_name(section),
        help=section_help(section),
        lines=_lines(section, policy),
        templates=tuple(map(_template, policy.templates)) if section is PolicySection.TEMPLATES else (),
        href="" if draft is None else section_href(draft, section),
    )


def _lines(section: PolicySection, policy: DeviceUsagePolicy) -> Lines:
    match section:
        case PolicySection.COMMONS:
            return tuple((common.name, common_summary(common)) for common in policy.commons)
        case PolicySection.TRACKING:
            names = ("tracking", "track_automatically") if policy.tracking else ("tracking",)
            return tuple((setting_name(section, name), yes_no(getattr(policy, name))) for name in names)
        case PolicySection.REGISTERS:
            return tuple((setting_name(section, kind), yes_no(kind in policy.registers)) for kind in Register)
        case PolicySection.NOTIFICATIONS:
            told = letters_of(policy).items()
            return tuple((setting_name(section, name), setting_value(name, value)) for name, value in told)
        case PolicySection.IDENTITY if not policy.identity.ask:
            return ((setting_name(section, "ask"), yes_no(value=False)),)
        case PolicySection.SELF_SERVICE | PolicySection.DEVICES | PolicySection.AGENTS | PolicySection.IDENTITY:
            rules = getattr(policy, section.value)
            values = ((field.name, getattr(rules, field.name)) for field in fields(rules))
            return tuple((setting_name(section, name), setting_value(name, value)) for name, value in values)
        case _:
            return ()


_TOLD = ("algorithm", "renewal_window", "tracked_attributes", "reuse_key", "escrow", "revoke_on_removal")


def _template(template: CertificateTemplate) -> TemplateCard:
    section = PolicySection.TEMPLATES
    told = {name: getattr(template, name) for name in _TOLD}
    told = {"subject": template.recipe.subject, "alternative": template.recipe.alternative, **told}
    told |= {"checks": template.checks} if template.qualified else {}
    first = ((setting_name(section, "ca_template"), offered_template(template.key)),)
    rest = tuple((setting_name(section, name), setting_value(name, value)) for name, value in told.items())
    return TemplateCard(template.name, template_summary(template), first + rest)
