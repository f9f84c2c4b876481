"""Roles and their rights as pages show them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_login import current_user

from portal.db.queries.accounts import AccountRow, RoleRow
from portal.domain.permissions import SELF_SERVICE, Permission, touches_everybody
from portal.web.translate import ngettext
from portal.web.views_accounts import AccountLine, account_line
from portal.web.words.errors import Said
from portal.web.words.names import permission_name, role_name
from portal.web.words.rights import RESOURCES, resource_name, role_description


@dataclass(frozen=True, slots=True)
class Right:
    """A permission: ``held`` by the role, ``open`` to be given by who looks, ``whole`` not for limited accounts."""

    key: str
    words: str
    held: bool
    open: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class RightGroup:
    """The rights about one thing."""

    name: str
    rights: tuple[Right, ...]


@dataclass(frozen=True, slots=True)
class RoleLine:
    """A role in the list."""

    role: RoleRow
    href: str
    name: str
    description: str
    held_by: str


@dataclass(frozen=True, slots=True)
class RoleList:
    """Every role."""

    rows: tuple[RoleLine, ...]
    new_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePage:
    """One role: its rights, who holds it, what may be done with it; ``partly``: some are not for limited accounts."""

    line: RoleLine
    groups: tuple[RightGroup, ...]
    partly: bool
    holders: tuple[AccountLine, ...]
    holders_href: str
    copy_href: str
    edit_href: str
    delete_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleEdit:
    """The form of a role."""

    title: str
    href: str
    back_href: str
    form: Any
    groups: tuple[RightGroup, ...]
    conflict: Said | None = None


def role_list(rows: Iterable[RoleRow]) -> RoleList:
    """All of them."""
    may_manage = current_user.may(Permission.ROLES_MANAGE)
    return RoleList(tuple(map(role_line, rows)), url_for("admin.new_role") if may_manage else "")


def role_line(row: RoleRow) -> RoleLine:
    """The role in words."""
    return RoleLine(
        role=row,
        href=url_for("admin.show_role", key=row.key),
        name=role_name(row.key, row.name),
        description=role_description(row.key, row.description),
        held_by=ngettext("%(num)d account", "%(num)d accounts", row.accounts),
    )


def role_page(row: RoleRow, holders: Collection[AccountRow]) -> RolePage:
    """The page of one role."""
    may_manage = current_user.may(Permission.ROLES_MANAGE)
    changeable = may_manage and not row.built_in
    return RolePage(
        line=role_line(row),
        groups=right_groups(row.permissions, only_held=True),
        partly=any(map(touches_everybody, row.permissions)),
        holders=tuple(map(account_line, holders)),
        holders_href=url_for("admin.accounts", role=row.key),
        copy_href=url_for("admin.new_role", copy=row.key) if may_manage else "",
        edit_href=url_for("admin.edit_role", key=row.key) if changeable else "",
        delete_href=url_for("admin.delete_role", key=row.key) if changeable and not row.accounts else "",
    )


def right_groups(held: Collection[Permission], *, only_held: bool = False) -> tuple[RightGroup, ...]:
    """Rights by what they are about; self-service is shown, never given: it comes with a person."""
    groups: dict[str, list[Right]] = {}
    for one in sorted(Permission, key=_place):
        if one in held if only_held else one not in SELF_SERVICE:
            groups.setdefault(resource_name(one), []).append(_right(one, held))
    return tuple(RightGroup(name, tuple(rights)) for name, rights in groups.items())


def _right(one: Permission, held: Collection[Permission]) -> Right:
    return Right(one.value, permission_name(one), one in held, current_user.may(one), touches_everybody(one))


def _place(one: Permission) -> tuple[bool, int, bool, str]:
    """Self-service last, resources in their order, reading before doing."""
    order = list(RESOURCES)
    place = order.index(one.resource) if one.resource in RESOURCES else len(order)
    return one.side == "self", place, one.action != "read", one.value
