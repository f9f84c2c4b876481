"""A draft as its pages show it: what is changed, what is left to mend, the forms of its sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from wtforms import Field

from portal.db.queries.policy_drafts import DraftRow
from portal.db.queries.policy_pages import CommonRow
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_check import PolicyProblem
from portal.domain.policy_sections import PolicySection, changed_sections
from portal.web.policy_section_form import SectionForm, fields_of
from portal.web.translate import gettext as _
from portal.web.views_policies import Differences, differences
from portal.web.views_policy_cards import TemplateCard, section_cards, section_href
from portal.web.words.policies import problem_sentence
from portal.web.words.policy_settings import section_help, section_name, setting_help


@dataclass(frozen=True, slots=True)
class SectionLink:
    """A section in the list beside the form; ``mark`` says in a word that it was changed or has to be mended."""

    name: str
    href: str
    current: bool
    kind: str
    mark: str


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """What is left to mend, with the way there."""

    sentence: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFrame:
    """What stands around every page of a draft."""

    row: DraftRow
    name: str
    subtitle: str
    href: str
    policy_href: str
    publish_href: str
    links: tuple[SectionLink, ...]
    problems: tuple[ProblemLine, ...]


@dataclass(frozen=True, slots=True)
class FormLine:
    """A field with its line of help."""

    field: Field
    help: str


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """A template in the list of a draft, and what can be done with it."""

    card: TemplateCard
    href: str
    move_href: str
    remove_href: str
    first: bool
    last: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CommonLine:
    """A common certificate and how the draft uses it: not at all, required, optional."""

    row: CommonRow
    how: str


def draft_frame(
    row: DraftRow, base: DeviceUsagePolicy | None, problems: Sequence[PolicyProblem], here: PolicySection | None
) -> DraftFrame:
    """The frame; ``base`` is the version the draft started from."""
    changed = frozenset() if base is None else changed_sections(base, row.body)
    marks = dict.fromkeys(changed, ("accent", _("changed")))
    marks |= {problem.section: ("problem", _("to mend")) for problem in problems}
    return DraftFrame(
        row=row,
        name=row.body.name,
        subtitle=_subtitle(row),
        href=url_for("admin.show_draft", draft_id=row.id),
        policy_href="" if row.policy is None else url_for("admin.show_policy", policy_id=row.policy),
        publish_href=url_for("admin.preview_publishing", draft_id=row.id),
        links=tuple(_link(row, one, here, marks.get(one, ("", ""))) for one in PolicySection),
        problems=tuple(ProblemLine(problem_sentence(one), _problem_href(row, one)) for one in problems),
    )


def form_lines(form: SectionForm) -> tuple[tuple[FormLine, ...], ...]:
    """The fields of a section under their headings, each with its help."""
    return tuple(
        tuple(FormLine(field, setting_help(form.section, form.SETTING.get(field.name, field.name))) for field in group)
        for group in fields_of(form)
    )


def template_lines(row: DraftRow, problems: Sequence[PolicyProblem]) -> tuple[TemplateLine, ...]:
    """The templates of a draft in their order."""
    cards = next(card for card in section_cards(row.body) if card.section is PolicySection.TEMPLATES).templates
    return tuple(_template_line(row, index, card, problems) for index, card in enumerate(cards))


def common_lines(row: DraftRow, commons: Sequence[CommonRow]) -> tuple[CommonLine, ...]:
    """The common certificates there are, each with what the draft says of it."""
    chosen = {common.name: "optional" if common.optional else "required" for common in row.body.commons}
    return tuple(CommonLine(common, chosen.get(common.name, "")) for common in commons)


def draft_differences(row: DraftRow, base: DeviceUsagePolicy | None) -> Differences:
    """What the draft changes; nothing to compare with for a new policy."""
    return () if base is None else differences(base, row.body)


def _subtitle(row: DraftRow) -> str:
    if row.policy is None:
        return _("A new policy, not published yet")
    return _("Draft of a change to version %(number)s", number=row.based_on)


def _link(row: DraftRow, section: PolicySection, here: PolicySection | None, mark: tuple[str, str]) -> SectionLink:
    return SectionLink(section_name(section), section_href(row.id, section), section is here, *mark)


def _problem_href(row: DraftRow, problem: PolicyProblem) -> str:
    if problem.index is None:
        return section_href(row.id, problem.section)
    return url_for("admin.edit_template", draft_id=row.id, index=problem.index)


def _template_line(row: DraftRow, index: int, card: TemplateCard, problems: Sequence[PolicyProblem]) -> TemplateLine:
    here: dict[str, Any] = {"draft_id": row.id, "index": index}
    return TemplateLine(
        card=card,
        href=url_for("admin.edit_template", **here),
        move_href=url_for("admin.move_template", **here),
        remove_href=url_for("admin.remove_template", **here),
        first=index == 0,
        last=index == len(row.body.templates) - 1,
        problems=tuple(problem_sentence(one) for one in problems if one.index == index),
    )


def section_title(section: PolicySection) -> tuple[str, str]:
    """The name of a section, and what it is about."""
    return section_name(section), section_help(section)
