"""Overview: what needs me now."""

from typing import Any

from flask import Response
from flask_login import current_user

from portal.admin.blueprint import bp
from portal.db.queries.agents_overview import agents_overview
from portal.db.queries.beginnings import beginnings
from portal.db.queries.connectors import troubled_connectors
from portal.db.queries.dashboard import Dashboard
from portal.db.queries.dashboard import dashboard as load
from portal.db.queries.device_rows import known_serials
from portal.db.queries.directory_troubles import SyncTrouble, directory_troubles
from portal.db.queries.identity_overview import checks_overview
from portal.db.queries.updates import UpdateFilter, first_updates
from portal.domain.permissions import Permission
from portal.domain.update_state import UpdateStatus
from portal.services.exchange_watch import watch_row
from portal.web.access import reach, requires
from portal.web.current import portal
from portal.web.pages import page_or_fragment
from portal.web.views_agents_overview import AgentsPanel, agents_panel
from portal.web.views_beginnings import BeginningLine, beginning_lines
from portal.web.views_connectors import ConnectorLine, connector_lines
from portal.web.views_dashboard import overview
from portal.web.views_identity_overview import ChecksPanel, checks_panel
from portal.web.views_own_authority import OwnView, own_view
from portal.web.views_sync_troubles import sync_trouble_lines

STUCK = UpdateFilter(statuses=(UpdateStatus.STUCK,))
MOVING = UpdateFilter(statuses=(UpdateStatus.RUNNING, UpdateStatus.WAITING, UpdateStatus.ORDERED))


@bp.get("/")
@requires(Permission.DASHBOARD_READ)
def dashboard() -> Response:
    """The first page."""
    tokens, within = portal().watch.all_seen(), reach()
    with portal().database.read() as connection:
        found = load(connection, portal().clock.now(), reach=within)
        stuck = first_updates(connection, STUCK, size=5, reach=within)
        moving = first_updates(connection, MOVING, size=8, reach=within)
        if not within.everything:
            known = known_serials(connection, [seen.serial for seen in tokens], reach=within)
            tokens = tuple(seen for seen in tokens if seen.serial in known)
    syncs = _syncs()
    view: dict[str, Any] = {"checks": _checks(), "agents": _agents(), "connectors": _connectors(syncs)}
    view["own_authority"], view["syncs"] = _own_authority(), sync_trouble_lines(syncs, portal().clock.now())
    view["overview"], view["beginning"] = overview(found, (*stuck, *moving), tokens), _beginning(found)
    return page_or_fragment("admin/dashboard/show.html", "admin/dashboard/_overview.html", **view)


def _beginning(found: Dashboard) -> tuple[BeginningLine, ...]:
    """How to begin, until the first update, for who updates devices of everybody."""
    if any(found.updates.values()) or not (reach().everything and current_user.may(Permission.UPDATES_ORDER)):
        return ()
    with portal().database.read() as connection:
        there = beginnings(connection)
    return beginning_lines(there) if there is not None else ()


def _syncs() -> tuple[SyncTrouble, ...]:
    """Directories whose synchronization waits for somebody, or has failed for long, for who may see connectors."""
    if not current_user.may(Permission.CONNECTORS_READ):
        return ()
    with portal().database.read() as connection:
        return directory_troubles(connection, portal().clock.now())


def _connectors(told: tuple[SyncTrouble, ...]) -> tuple[ConnectorLine, ...]:
    """Systems outside that do not answer, for who may see them; directories of which that is ``told`` apart are not."""
    if not current_user.may(Permission.CONNECTORS_READ):
        return ()
    known = {one.connector for one in told}
    with portal().database.read() as connection:
        silent = [row for row in troubled_connectors(connection) if row.id not in known]
        return connector_lines(silent, portal().clock.now())


def _own_authority() -> OwnView | None:
    """The authority of the portal itself while something is wrong with it, for who sees connectors."""
    if not current_user.may(Permission.CONNECTORS_READ):
        return None
    found = own_view(portal().own_authority.health(), portal().clock.now())
    return found if found is not None and found.alarms else None


def _agents() -> AgentsPanel | None:
    """Workstations, where there are any or may be, for who may see them."""
    if not current_user.may(Permission.AGENTS_READ):
        return None
    with portal().database.read() as connection:
        found = agents_overview(connection, portal().clock.now())
    served = bool(portal().settings.agents_address)
    return agents_panel(found) if served or found.accepted or found.waiting else None


def _checks() -> ChecksPanel | None:
    """Identity checks, for who may see them; how the exchange itself does, for who may set it right."""
    if not current_user.may(Permission.IDENTITY_READ):
        return None
    mends = bool(current_user.may(Permission.IDENTITY_CONNECT))
    with portal().database.read() as connection:
        found = checks_overview(connection, reach=reach())
        watch = watch_row(connection) if mends else None
    believed = portal().exchange_trust.certificates() if mends else ()
    return checks_panel(found, watch, believed, portal().clock.now())
