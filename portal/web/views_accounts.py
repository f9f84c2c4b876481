"""Accounts and sessions as pages show them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from flask_login import current_user

from portal.db.queries.accounts import AccountFilter, AccountRow, RoleRow
from portal.db.queries.paging import Page
from portal.db.queries.sign_in import LinkRow
from portal.domain.permissions import Permission
from portal.services.sessions import SessionView
from portal.web.current import portal
from portal.web.paging import Pager, pager
from portal.web.translate import gettext as _
from portal.web.words.dates import Moment, moment
from portal.web.words.errors import Said
from portal.web.words.names import role_name
from portal.web.words.sign_in import came_with

#: In this order: each pretends to be those after it.
BROWSERS: Final = (
    *(("YaBrowser", "Яндекс Браузер"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox")),
    *(("Chrom", "Chromium"), ("Safari", "Safari")),
)
SYSTEMS: Final = (
    *(("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in the list."""

    account: AccountRow
    href: str
    role: str
    sight: str
    kind: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountList:
    """A page of accounts with the filters it was narrowed by."""

    rows: tuple[AccountLine, ...]
    pager: Pager | None
    wanted: AccountFilter
    roles: tuple[tuple[str, str], ...]
    href: str
    new_href: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """A signed-in browser and what it came in with; ``end_href`` is None for the one that asks."""

    session: SessionView
    browser: str
    came: str
    mine: bool
    end_href: str | None


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A provider where the holder is known; ``untie_href`` is empty for whoever only reads."""

    name: str
    since: Moment
    untie_href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPage:
    """One account: what is stored, the form to change it, its sessions; ``sees`` names what it is limited to."""

    line: AccountLine
    sees: tuple[str, ...]
    href: str
    form: Any
    sessions: tuple[SessionLine, ...]
    person_href: str
    password_href: str
    end_all_href: str
    end_all_label: str = ""
    conflict: Said | None = None
    links: tuple[LinkLine, ...] = ()


@dataclass(frozen=True, slots=True)
class NewAccount:
    """The form of an account that is not there yet."""

    href: str
    form: Any
    conflict: Said | None = None


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A password that is shown now and never again."""

    login: str
    name: str
    password: str
    href: str


def account_list(page: Page[AccountRow], wanted: AccountFilter, roles: Collection[RoleRow]) -> AccountList:
    """One page of the list."""
    may_manage = current_user.may(Permission.ACCOUNTS_MANAGE)
    return AccountList(
        rows=tuple(map(account_line, page.items)),
        pager=pager(len(page.items), page.count, page.after),
        wanted=wanted,
        roles=tuple((role.key, role_name(role.key, role.name)) for role in roles),
        href=url_for("admin.accounts"),
        new_href=url_for("admin.new_account") if may_manage else "",
    )


def account_line(row: AccountRow) -> AccountLine:
    """The account with the one thing to know about it."""
    kind, state = "fine", _("May sign in")
    if not row.active:
        kind, state = "neutral", _("Closed")
    elif row.must_change_password:
        kind, state = "waiting", _("Has a one-time password")
    return AccountLine(
        account=row,
        href=url_for("admin.show_account", account_id=row.id),
        role=role_name(row.role, row.role_name),
        sight=_("Only a part") if row.scoped else "",
        kind=kind,
        state=state,
    )


def account_page(
    row: AccountRow,
    sessions: Collection[SessionView],
    form: Any,
    *,
    links: tuple[LinkLine, ...] = (),
    sees: tuple[str, ...] = (),
    conflict: Said | None = None,
) -> AccountPage:
    """The page of one account; without a form for somebody who only reads."""
    number = row.id
    may_manage = form is not None
    return AccountPage(
        line=account_line(row),
        sees=sees,
        href=url_for("admin.show_account", account_id=number),
        form=form,
        sessions=tuple(_session(one, may_end=may_manage) for one in sessions),
        person_href=url_for("admin.show_person", person_id=row.person) if row.person else "",
        password_href=url_for("admin.reset_password", account_id=number) if may_manage else "",
        end_all_href=url_for("admin.end_sessions", account_id=number) if may_manage and sessions else "",
        conflict=conflict,
        links=links,
    )


def link_lines(rows: Collection[LinkRow], account: int, *, may_manage: bool) -> tuple[LinkLine, ...]:
    """The providers an account is tied to."""
    now = portal().clock.now()

    def href(row: LinkRow) -> str:
        if not may_manage:
            return ""
        return url_for("admin.untie_account", account_id=account, connector_id=row.connector)

    return tuple(LinkLine(row.label, moment(row.linked_at, now), href(row)) for row in rows)


def browser_name(agent: str) -> str:
    """A browser and its system as people call them."""
    found = [next((name for mark, name in known if mark in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(part for part in found if part) or _("another program")


def session_line(session: SessionView, end_href: str | None) -> SessionLine:
    """A signed-in browser; the one that asks is ended by signing out."""
    mine = session.id == current_user.session.id
    came = came_with(session.way, session.through)
    return SessionLine(session, browser_name(session.browser), came, mine, None if mine else end_href)


def _session(session: SessionView, *, may_end: bool) -> SessionLine:
    href = url_for("admin.end_session", account_id=session.account, session_id=session.id)
    return session_line(session, href if may_end else None)
