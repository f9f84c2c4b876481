"""What the frame around every page needs: navigation, search box, account, language and theme."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from flask import Flask, request, url_for

from portal.domain.permissions import Permission
from portal.web.current import visitor
from portal.web.i18n import chosen_theme
from portal.web.pages import wants_fragment
from portal.web.sides import ADMIN, SELF, may, own_side, side, within_reach
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import tongue
from portal.web.words.names import role_name


@dataclass(frozen=True, slots=True)
class NavItem:
    """One destination."""

    label: str
    href: str
    icon: str
    current: bool


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Destinations that belong together; the first ones need no name."""

    label: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class AccountName:
    """Who is signed in, in words."""

    name: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """The frame; addresses are None for somebody who is not signed in."""

    language: str
    theme: str
    version: str
    nav: tuple[NavGroup, ...] = ()
    account: AccountName | None = None
    query: str = ""
    here: str = "/"
    home_href: str = "/"
    home_label: str = ""
    other: NavItem | None = None
    search_href: str = ""
    suggest_href: str = ""
    theme_href: str = ""
    language_href: str = ""
    profile_href: str = ""
    sign_out_href: str = ""


#: Groups of destinations as they stand below each other: (their name, (label, endpoint, icon, permission), …).
DESTINATIONS: Final = (
    (
        "",
        (_l("My devices"), "selfservice.my_devices", "device", Permission.SELF_DEVICES_READ),
        (_l("History"), "selfservice.updates", "history", Permission.SELF_DEVICES_READ),
        (_l("Overview"), "admin.dashboard", "overview", Permission.DASHBOARD_READ),
        (_l("People"), "admin.people", "people", Permission.PEOPLE_READ),
        (_l("Devices"), "admin.devices", "device", Permission.DEVICES_READ),
        (_l("Updates"), "admin.updates", "update", Permission.UPDATES_READ),
        (_l("Approvals"), "admin.approvals", "check", Permission.APPROVALS_DECIDE),
        (_l("Identity checks"), "admin.identity_list", "track", Permission.IDENTITY_READ),
    ),
    (
        _l("Rules"),
        (_l("Policies"), "admin.policies", "policy", Permission.POLICIES_READ),
        (_l("Assignments"), "admin.assignments", "assignment", Permission.POLICIES_READ),
        (_l("Common certificates"), "admin.commons", "certificate", Permission.POLICIES_READ),
    ),
    (
        _l("Surroundings"),
        (_l("Certification authority"), "admin.authority", "certificate", Permission.CONNECTORS_READ),
        (_l("Connectors"), "admin.connectors", "connect", Permission.CONNECTORS_READ),
        (_l("Reconciliation"), "admin.reconciliation", "history", Permission.RECONCILIATION_READ),
        (_l("Agents"), "admin.agents", "agent", Permission.AGENTS_READ),
    ),
    (
        _l("Administration"),
        (_l("Accounts"), "admin.accounts", "person", Permission.ACCOUNTS_READ),
        (_l("Roles"), "admin.roles", "lock", Permission.ACCOUNTS_READ),
        (_l("Letters"), "admin.letters", "letter", Permission.LETTERS_READ),
        (_l("Audit log"), "admin.audit", "journal", Permission.AUDIT_READ),
    ),
)


#: Destinations whose view is not named as their path is.
_NAMED: Final = {"identity": "identity_list", "registers": "dashboard"}


def init_shell(app: Flask, *, version: str) -> None:
    """Give every template its frame."""
    app.context_processor(lambda: {"shell": _Later(version)})


class _Later:
    """The frame, made when a template first asks for it: fragments have none."""

    def __init__(self, version: str) -> None:
        self._version = version

    def __getattr__(self, name: str) -> Any:
        if "_shell" not in self.__dict__:
            self._shell = make_shell(self._version)
        return getattr(self._shell, name)


def make_shell(version: str) -> Shell:
    """The frame for this request."""
    language, theme = tongue().language, chosen_theme()
    who = visitor()
    if not who.is_authenticated:
        return Shell(language=language, theme=theme, version=version)
    return Shell(
        language=language,
        theme=theme,
        version=version,
        nav=navigation(),
        account=AccountName(who.name, role_name(who.session.role, who.session.role_name)),
        query=request.args.get("q", "") if request.endpoint == "admin.search" else "",
        here=_here(),
        home_href=url_for(within_reach().home),
        home_label=_("To my devices") if within_reach() is SELF else _("To the overview"),
        other=other_side(),
        search_href=url_for("admin.search"),
        suggest_href=url_for("admin.suggest"),
        theme_href=url_for("preferences.theme"),
        language_href=url_for("preferences.language"),
        profile_href=url_for("profile.show_profile"),
        sign_out_href=url_for("auth.sign_out"),
    )


def navigation() -> tuple[NavGroup, ...]:
    """The destinations of this side that the account may see."""
    return _navigation(tongue().language, request.script_root, _section(), visitor().session.permissions)


@lru_cache(maxsize=500)
def _navigation(_language: str, _root: str, section: str, rights: frozenset[Permission], /) -> tuple[NavGroup, ...]:
    """Made once for a language, a root of addresses, a section and the rights of a visitor."""
    groups = (NavGroup(str(label), _items(places, section, rights)) for label, *places in DESTINATIONS)
    return tuple(group for group in groups if group.items)


def _items(places: Sequence[Any], section: str, rights: frozenset[Permission]) -> tuple[NavItem, ...]:
    here, _dot, _page = section.partition(".")
    return tuple(
        NavItem(str(label), url_for(endpoint), icon, section == endpoint)
        for label, endpoint, icon, permission in places
        if endpoint.startswith(f"{here}.") and permission in rights
    )


def other_side() -> NavItem | None:
    """The way to the other side, for somebody who has both: who keeps the portal may hold a device, too."""
    if side() is SELF:
        return NavItem(_("Console"), url_for(ADMIN.home), "overview", current=False) if own_side() is ADMIN else None
    mine = may(Permission.SELF_DEVICES_READ)
    return NavItem(_("My devices"), url_for(SELF.home), "device", current=False) if mine else None


def _section() -> str:
    # a person's page belongs to people, a run's page to updates: the second word of the path says which
    parts = request.path.split("/")
    if parts[1] == "profile":
        return f"{side().name}.profile"  # belongs to none of them
    part = parts[2] if len(parts) > 2 and parts[1] in {"admin", "my"} else ""  # noqa: PLR2004
    return (
        side().home
        if (part in {"", "devices"} and side() is SELF) or not part
        else f"{side().name}.{_NAMED.get(part, part)}"
    )


def _here() -> str:
    return request.full_path.rstrip("?") if request.method == "GET" and not wants_fragment() else "/"
