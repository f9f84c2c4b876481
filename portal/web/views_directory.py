"""Units, groups and the forms of the directory as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for

from portal.db.queries.groups import GroupRow
from portal.db.queries.paging import Page
from portal.db.queries.units import UnitCard, UnitRow
from portal.db.queries.views import PersonRow
from portal.web.paging import Pager, pager
from portal.web.tabs import Tab, tab_row
from portal.web.translate import gettext as _
from portal.web.translate import ngettext
from portal.web.words.errors import Said


@dataclass(frozen=True, slots=True)
class UnitNode:
    """A unit with those in it."""

    name: str
    href: str
    people_href: str
    people: str
    inside: tuple["UnitNode", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTree:
    """The whole tree, as far as the visitor sees it."""

    tabs: tuple[Tab, ...]
    nodes: tuple[UnitNode, ...]
    new_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPage:
    """One unit: what is in it, and the form to change it."""

    id: int
    name: str
    above: tuple[str, ...]
    people: str
    people_href: str
    children: tuple[UnitNode, ...]
    policies: tuple[str, ...]
    empty: bool
    form: Any
    href: str
    new_href: str | None
    delete_href: str | None
    conflict: Said | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPage:
    """A form with where it goes and where one came from."""

    title: str
    href: str
    back_href: str
    back: str
    submit: str
    form: Any
    conflict: Said | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group in the list."""

    name: str
    href: str
    members: str
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    """Every group."""

    tabs: tuple[Tab, ...]
    rows: tuple[GroupLine, ...]
    form: Any
    href: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """Somebody in a group."""

    person: PersonRow
    href: str
    remove_href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """A group: who is in it, and the forms to change it; a form is None for who may not."""

    id: int
    name: str
    href: str
    members: str
    policies: tuple[str, ...]
    rows: tuple[MemberLine, ...]
    pager: Pager
    form: Any
    member_form: Any
    member_href: str
    delete_href: str | None
    conflict: Said | None


def tabs(current: str) -> tuple[Tab, ...]:
    """People, units and groups, one of them open."""
    lists = ((_("People"), "admin.people"), (_("Units"), "admin.units"), (_("Groups"), "admin.groups"))
    return tab_row(lists, current)


def people_text(count: int) -> str:
    """So many people."""
    return ngettext("%(num)d person", "%(num)d people", count)


def unit_tree(units: Sequence[UnitRow], *, may_edit: bool) -> UnitTree:
    """The tree; a unit whose own container is out of sight stands at the top."""
    seen = {unit.id for unit in units}
    inside: dict[int | None, list[UnitRow]] = {}
    for unit in units:
        inside.setdefault(unit.parent_id if unit.parent_id in seen else None, []).append(unit)

    def nodes(parent: int | None) -> tuple[UnitNode, ...]:
        return tuple(unit_node(unit, nodes(unit.id)) for unit in inside.get(parent, ()))

    new_href = url_for("admin.new_unit") if may_edit else None
    return UnitTree(tabs=tabs("admin.units"), nodes=nodes(None), new_href=new_href)


def unit_node(unit: UnitRow, inside: tuple[UnitNode, ...] = ()) -> UnitNode:
    """A unit as a line."""
    href, people_href = url_for("admin.show_unit", unit_id=unit.id), url_for("admin.people", unit=unit.id)
    return UnitNode(unit.name, href, people_href, people_text(unit.people), inside)


def unit_page(card: UnitCard, form: Any, *, may_edit: bool, conflict: Said | None = None) -> UnitPage:
    """One unit; ``form`` is None for who may not change it."""
    number = card.row.id
    deletable = form is not None and card.empty
    return UnitPage(
        id=card.row.id,
        name=card.row.name,
        above=card.row.path[:-1],
        people=people_text(card.row.people),
        people_href=url_for("admin.people", unit=card.row.id),
        children=tuple(map(unit_node, card.children)),
        policies=card.policies,
        empty=card.empty,
        form=form,
        href=url_for("admin.change_unit", unit_id=number),
        new_href=url_for("admin.new_unit", parent=card.row.id) if may_edit else None,
        delete_href=url_for("admin.delete_unit", unit_id=number) if deletable else None,
        conflict=conflict,
    )


def group_list(groups: Iterable[GroupRow], form: Any) -> GroupList:
    """Every group."""
    rows = (
        GroupLine(one.name, url_for("admin.show_group", group_id=one.id), people_text(one.members), one.policies)
        for one in groups
    )
    return GroupList(tabs=tabs("admin.groups"), rows=tuple(rows), form=form, href=url_for("admin.create_group"))


def group_page(
    group: GroupRow, page: Page[PersonRow], forms: tuple[Any, Any], *, conflict: Said | None = None
) -> GroupPage:
    """A group; of its two forms one changes its name and the other takes somebody in."""
    form, member_form = forms
    deletable = form is not None and not group.policies
    return GroupPage(
        id=group.id,
        name=group.name,
        href=url_for("admin.change_group", group_id=group.id),
        members=people_text(group.members),
        policies=group.policies,
        rows=tuple(_member(row, group.id, may=member_form is not None) for row in page.items),
        pager=pager(len(page.items), page.count, page.after),
        form=form,
        member_form=member_form,
        member_href=url_for("admin.add_member", group_id=group.id),
        delete_href=url_for("admin.delete_group", group_id=group.id) if deletable else None,
        conflict=conflict,
    )


def _member(row: PersonRow, group: int, *, may: bool) -> MemberLine:
    away = url_for("admin.remove_member", group_id=group, person_id=row.id) if may else None
    return MemberLine(row, url_for("admin.show_person", person_id=row.id), away)
