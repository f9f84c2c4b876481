"""Assignments as their pages show them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from flask_wtf import FlaskForm

from portal.db.queries.assignments import AssignmentLine, Reached, Rival
from portal.domain.effective_policy import Assignment
from portal.web.paging import count_text
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.views_forecast import ForecastView
from portal.web.words.errors import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenLine:
    """A row of the list."""

    policy: str
    policy_href: str
    place: str
    within: str
    groups: str
    priority: int
    devices: str
    change_href: str


@dataclass(frozen=True, slots=True)
class GivenList:
    """The list; addresses are empty for somebody who may only read."""

    lines: tuple[GivenLine, ...]
    new_href: str


@dataclass(frozen=True, slots=True)
class RivalLine:
    """Another assignment that reaches some of the same people."""

    policy: str
    where: str
    people: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachedView:
    """Whom it reaches."""

    people: str
    first: tuple[tuple[str, str, str], ...]
    overrides: tuple[RivalLine, ...]
    yields: tuple[RivalLine, ...]
    forecast: ForecastView


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenEdit:
    """The form of an assignment, and what it would do once that was asked."""

    title: str
    form: FlaskForm
    look_href: str
    save_href: str
    submit: str
    reached: ReachedView | None = None
    conflict: Said | None = None
    sentence: str = ""
    remove_href: str = ""


def given_list(lines: Iterable[AssignmentLine], *, may_manage: bool) -> GivenList:
    """Every assignment."""
    return GivenList(
        tuple(_line(one, may_manage=may_manage) for one in lines),
        url_for("admin.new_assignment") if may_manage else "",
    )


def reached_view(found: Reached, forecast: ForecastView) -> ReachedView:
    """How many people, the first of them, and whom else they might have followed."""
    number, text = found.people.number, count_text(found.people)
    people = ngettext("Reaches %(text)s person", "Reaches %(text)s people", number, text=text)
    return ReachedView(
        people=people if number else _("Reaches nobody now"),
        first=tuple(
            (one.name, " / ".join(one.unit), url_for("admin.show_person", person_id=one.id)) for one in found.first
        ),
        overrides=tuple(_rival(one) for one in found.rivals if one.weaker),
        yields=tuple(_rival(one) for one in found.rivals if not one.weaker),
        forecast=forecast,
    )


def described(given: Assignment) -> str:
    """An assignment in one line: place, groups, priority."""
    place = " / ".join(given.container) or _("the whole directory")
    groups = _("groups: %(names)s", names=", ".join(sorted(given.groups))) if given.groups else ""
    return " · ".join(part for part in (place, groups, _("priority %(number)s", number=given.priority)) if part)


def _rival(rival: Rival) -> RivalLine:
    text = count_text(rival.people)
    people = ngettext("%(text)s person of both", "%(text)s people of both", rival.people.number, text=text)
    href = url_for("admin.change_assignment", assignment_id=rival.assignment.id)
    return RivalLine(rival.assignment.policy.name, described(rival.assignment), people, href)


def _line(one: AssignmentLine, *, may_manage: bool) -> GivenLine:
    change = url_for("admin.change_assignment", assignment_id=one.id) if may_manage else ""
    return GivenLine(
        policy=one.policy,
        policy_href=url_for("admin.show_policy", policy_id=one.policy_id),
        place=one.container[-1] if one.container else _("The whole directory"),
        within=" / ".join(one.container[:-1]),
        groups=", ".join(one.groups),
        priority=one.priority,
        devices=count_text(one.devices),
        change_href=change,
    )
