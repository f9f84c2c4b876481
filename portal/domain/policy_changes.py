"""The difference between two versions of a policy, setting by setting, as values; words are made at the edge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum, unique
from typing import Any

from portal.domain.letters import BY_POLICY
from portal.domain.policy import CertificateTemplate, CommonCertificate, DeviceUsagePolicy, Register
from portal.domain.policy_sections import PolicySection

_KEPT_APART = frozenset({"key", "recipe"})


@unique
class ChangeKind(StrEnum):
    """What happened to a setting, or to a thing of which there are several."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One difference: ``setting`` of a section, or of the template or certificate ``subject``, with both values."""

    section: PolicySection
    kind: ChangeKind
    setting: str
    before: Any = None
    after: Any = None
    subject: str = ""


def policy_changes(before: DeviceUsagePolicy, after: DeviceUsagePolicy) -> tuple[PolicyChange, ...]:
    """Every difference, in the order of the sections; none when the two say the same."""
    groups = (
        _settings(PolicySection.GENERAL, {"name": before.name}, {"name": after.name}),
        _templates(before, after),
        _commons(before, after),
        _settings(PolicySection.IDENTITY, _plain(before.identity), _plain(after.identity)),
        _settings(PolicySection.TRACKING, _tracking(before), _tracking(after)),
        _settings(PolicySection.REGISTERS, _registers(before), _registers(after)),
        _settings(PolicySection.SELF_SERVICE, _plain(before.self_service), _plain(after.self_service)),
        _settings(PolicySection.DEVICES, _plain(before.devices), _plain(after.devices)),
        _settings(PolicySection.AGENTS, _plain(before.agents), _plain(after.agents)),
        _settings(PolicySection.NOTIFICATIONS, letters_of(before), letters_of(after)),
    )
    return tuple(change for group in groups for change in group)


def _settings(
    section: PolicySection, before: Mapping[str, Any], after: Mapping[str, Any], subject: str = ""
) -> Iterator[PolicyChange]:
    for name, new in after.items():
        if before[name] != new:
            yield PolicyChange(section, ChangeKind.CHANGED, name, before[name], new, subject)


def _templates(before: DeviceUsagePolicy, after: DeviceUsagePolicy) -> Iterator[PolicyChange]:
    section = PolicySection.TEMPLATES
    for gone in before.templates:
        if after.template(gone.key) is None:
            yield PolicyChange(section, ChangeKind.REMOVED, "template", before=gone, subject=gone.name)
    for new in after.templates:
        old = before.template(new.key)
        if old is None:
            yield PolicyChange(section, ChangeKind.ADDED, "template", after=new, subject=new.name)
        else:
            yield from _settings(section, _template(old), _template(new), new.name)
    was, is_now = _order(before, after, after), _order(after, before, after)
    if was != is_now:
        yield PolicyChange(section, ChangeKind.CHANGED, "order", was, is_now)


def _order(policy: DeviceUsagePolicy, other: DeviceUsagePolicy, names: DeviceUsagePolicy) -> tuple[str, ...]:
    """The templates both have in this policy's order, each by the name it has in the third."""
    both = [one.key for one in policy.templates if other.template(one.key)]
    return tuple(known.name for known in map(names.template, both) if known)


def _template(template: CertificateTemplate) -> dict[str, Any]:
    plain = {name: value for name, value in _plain(template).items() if name not in _KEPT_APART}
    return plain | {"subject": template.recipe.subject, "alternative": template.recipe.alternative}


def _commons(before: DeviceUsagePolicy, after: DeviceUsagePolicy) -> Iterator[PolicyChange]:
    section = PolicySection.COMMONS
    for gone in before.commons:
        if after.common(gone.name) is None:
            yield PolicyChange(section, ChangeKind.REMOVED, "common", before=gone, subject=gone.name)
    for new in after.commons:
        old = before.common(new.name)
        if old is None:
            yield PolicyChange(section, ChangeKind.ADDED, "common", after=new, subject=new.name)
        else:
            yield from _settings(section, _common(old), _common(new), new.name)


def _common(common: CommonCertificate) -> dict[str, Any]:
    return {"version": common.version, "optional": common.optional}


def _tracking(policy: DeviceUsagePolicy) -> dict[str, Any]:
    return {"tracking": policy.tracking, "track_automatically": policy.track_automatically}


def _registers(policy: DeviceUsagePolicy) -> dict[str, Any]:
    return {kind.value: kind in policy.registers for kind in Register}


def letters_of(policy: DeviceUsagePolicy) -> dict[str, Any]:
    """To whom each kind of letter goes, and when it comes again."""
    rules = policy.notifications
    return {kind.value: rules.audiences(kind) for kind in BY_POLICY} | {"resend_after": rules.resend_after}


def _plain(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
