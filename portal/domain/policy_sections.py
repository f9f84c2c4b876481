"""The sections of a policy, as people edit them, and what happens when two of them work on one policy."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum, unique
from typing import Any, Final

from portal.domain.policy import DeviceUsagePolicy


@unique
class PolicySection(StrEnum):
    """One form of a policy, in the order of its pages."""

    GENERAL = "general"
    TEMPLATES = "templates"
    COMMONS = "commons"
    IDENTITY = "identity"
    TRACKING = "tracking"
    REGISTERS = "registers"
    SELF_SERVICE = "self_service"
    DEVICES = "devices"
    AGENTS = "agents"
    NOTIFICATIONS = "notifications"


#: Every field of a policy belongs to one section; ``id`` and ``version`` belong to the publication.
FIELDS: Final[Mapping[PolicySection, tuple[str, ...]]] = {
    PolicySection.GENERAL: ("name",),
    PolicySection.TEMPLATES: ("templates",),
    PolicySection.COMMONS: ("commons",),
    PolicySection.IDENTITY: ("identity",),
    PolicySection.TRACKING: ("tracking", "track_automatically"),
    PolicySection.REGISTERS: ("registers",),
    PolicySection.SELF_SERVICE: ("self_service",),
    PolicySection.DEVICES: ("devices",),
    PolicySection.AGENTS: ("agents",),
    PolicySection.NOTIFICATIONS: ("notifications",),
}


def changed_sections(before: DeviceUsagePolicy, after: DeviceUsagePolicy) -> frozenset[PolicySection]:
    """The sections in which the two say something different."""
    return frozenset(section for section in PolicySection if _of(before, section) != _of(after, section))


def carried_over(
    draft: DeviceUsagePolicy, started_from: DeviceUsagePolicy, published: DeviceUsagePolicy
) -> DeviceUsagePolicy:
    """The draft on top of a newer version: sections it changed stay, the others follow the version."""
    own: dict[str, Any] = {}
    for section in changed_sections(started_from, draft):
        own |= _of(draft, section)
    return replace(published, **own)


def same_contents(first: DeviceUsagePolicy, second: DeviceUsagePolicy) -> bool:
    """Whether the two differ in nothing but their numbers."""
    return not changed_sections(first, second)


def _of(policy: DeviceUsagePolicy, section: PolicySection) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in FIELDS[section]}
