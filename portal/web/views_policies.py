"""Policies as their pages show them: the list, one policy, its versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from portal.db.queries.policy_drafts import DraftRow
from portal.db.queries.policy_pages import GivenRow, PolicyRow, VersionRow
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_changes import PolicyChange, policy_changes
from portal.web.paging import count_text
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_policy import given_text
from portal.web.views_policy_cards import SectionCard, section_cards
from portal.web.words.policies import by_section

Differences = tuple[tuple[str, tuple[PolicyChange, ...]], ...]


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """A policy in the list; ``kind`` and ``state`` tell whether it acts."""

    row: PolicyRow
    href: str
    kind: str
    state: str
    given: str
    devices: str
    devices_href: str
    draft_href: str


@dataclass(frozen=True, slots=True)
class NewDraftLine:
    """A draft of a policy that was never published."""

    row: DraftRow
    href: str


@dataclass(frozen=True, slots=True)
class PolicyList:
    """All policies, and the new ones being written."""

    lines: tuple[PolicyLine, ...]
    drafts: tuple[NewDraftLine, ...]
    may_begin: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRights:
    """What the visitor may do with policies."""

    edit: bool
    publish: bool
    begin: bool
    assign: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage:
    """One policy with everything about it."""

    line: PolicyLine
    cards: tuple[SectionCard, ...]
    given: tuple[str, ...]
    rights: PolicyRights


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """One version as it was published."""

    line: PolicyLine
    name: str
    number: int
    current: bool
    history_href: str
    cards: tuple[SectionCard, ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version with its differences from the one before; none for the first."""

    row: VersionRow
    href: str
    differences: Differences
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsPage:
    """The history of a policy, and two versions compared when the address names them."""

    line: PolicyLine
    versions: tuple[VersionLine, ...]
    numbers: tuple[int, ...]
    choices: tuple[tuple[int, int], ...]
    compared: tuple[int, int] | None
    differences: Differences


def policy_line(row: PolicyRow) -> PolicyLine:
    """The policy in a line."""
    withdrawn = row.withdrawn_at is not None
    given = ngettext("%(num)d assignment", "%(num)d assignments", row.assignments)
    return PolicyLine(
        row=row,
        href=url_for("admin.show_policy", policy_id=row.id),
        kind="neutral" if withdrawn else ("fine" if row.assignments else "possible"),
        state=_("withdrawn") if withdrawn else (_("in force") if row.assignments else _("given to nobody")),
        given=given if row.assignments else "—",
        devices=count_text(row.devices),
        devices_href=url_for("admin.devices", policy=row.id),
        draft_href="" if row.draft is None else url_for("admin.show_draft", draft_id=row.draft),
    )


def policy_list(rows: Sequence[PolicyRow], drafts: Sequence[DraftRow], *, may_begin: bool) -> PolicyList:
    """All policies by name, and drafts of new ones."""
    new = (NewDraftLine(row, url_for("admin.show_draft", draft_id=row.id)) for row in drafts if row.policy is None)
    return PolicyList(tuple(map(policy_line, rows)), tuple(new), may_begin)


def policy_page(row: PolicyRow, body: DeviceUsagePolicy, given: Sequence[GivenRow], rights: PolicyRights) -> PolicyPage:
    """The policy as it acts now."""
    told = tuple(given_text(one.container, one.groups, one.priority) for one in given)
    return PolicyPage(line=policy_line(row), cards=section_cards(body), given=told, rights=rights)


def policy_version(row: PolicyRow, body: DeviceUsagePolicy) -> VersionPage:
    """A version of the policy."""
    return VersionPage(
        line=policy_line(row),
        name=body.name,
        number=body.version,
        current=body.version == row.version,
        history_href=url_for("admin.policy_versions", policy_id=row.id),
        cards=section_cards(body),
    )


def versions_page(
    row: PolicyRow, versions: Sequence[tuple[VersionRow, DeviceUsagePolicy]], compared: tuple[int, int] | None
) -> VersionsPage:
    """The history, newest first, each version beside the one before."""
    bodies = {version.version: body for version, body in versions}
    pair = compared if compared and set(compared) <= bodies.keys() else None
    return VersionsPage(
        line=policy_line(row),
        versions=tuple(_version(row, version, bodies) for version, _body in versions),
        numbers=tuple(bodies),
        choices=tuple((number, number) for number in bodies),
        compared=pair,
        differences=differences(bodies[pair[0]], bodies[pair[1]]) if pair else (),
    )


def differences(before: DeviceUsagePolicy, after: DeviceUsagePolicy) -> Differences:
    """What changed, under the names of the sections."""
    return by_section(policy_changes(before, after))


def _version(row: PolicyRow, version: VersionRow, bodies: dict[int, DeviceUsagePolicy]) -> VersionLine:
    before = bodies.get(version.version - 1)
    found = differences(before, bodies[version.version]) if before else ()
    href = url_for("admin.show_policy_version", policy_id=row.id, version=version.version)
    return VersionLine(version, href, found, before is None)
