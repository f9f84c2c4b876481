"""What a route demands: every view names one permission or says that it is public; what says nothing is refused."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import Response, current_app, g, request, url_for
from flask_login import current_user

from portal.domain.errors import Forbidden
from portal.domain.permissions import Permission
from portal.domain.reach import Reach
from portal.web.current import visitor
from portal.web.errors import sign_in_first
from portal.web.pages import whole_page
from portal.web.sessions import on_self_service

View = TypeVar("View", bound=Callable[..., Any])


class _Demand:
    """A demand that is not a permission of a role."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


#: The only pages open to an account that signed in with a one-time password.
PROFILE: Final = "profile"
PUBLIC: Final = _Demand("public")
SIGNED_IN: Final = _Demand("signed in")
#: For programs: the view itself recognises them by their certificate; no session is asked for.
BY_CERTIFICATE: Final = _Demand("by certificate")


def requires(permission: Permission) -> Callable[[View], View]:
    """Open the view only to accounts whose role holds the permission."""
    return lambda view: _declare(view, permission)


def public(view: View) -> View:
    """Open the view to everybody, signed in or not."""
    return _declare(view, PUBLIC)


def signed_in(view: View) -> View:
    """Open the view to every account."""
    return _declare(view, SIGNED_IN)


def by_certificate(view: View) -> View:
    """Leave the view to recognise the program that asks by its certificate; use ``agents_api.identity.by_agent``."""
    return _declare(view, BY_CERTIFICATE)


def demand_of(view: Callable[..., Any]) -> Permission | _Demand:
    """What the view demands; a view that declares nothing is a mistake of ours, and is refused as one."""
    demand: Permission | _Demand | None = getattr(view, "demand", None)
    if demand is None:
        raise RuntimeError(f"{view!r} declares neither a permission nor that it is public")
    return demand


def refuse_strangers() -> Response | None:
    """Before each request: who may pass; answers only when somebody has to sign in first."""
    if request.endpoint is None:
        return None  # no such page: said by the error page
    demand = demand_of(current_app.view_functions[request.endpoint])
    if demand is PUBLIC or demand is BY_CERTIFICATE:
        return None
    if not current_user.is_authenticated:
        return sign_in_first()
    if visitor().session.must_change_password and request.blueprint != PROFILE:
        return whole_page(url_for(f"{PROFILE}.show_profile"))
    if isinstance(demand, Permission):
        demand_permission(demand)
    return None


def reach() -> Reach:
    """Whose devices and data this visitor may see on this side of the portal; asked once per request."""
    if "reach" not in g:
        g.reach = visitor().reach(self_service=on_self_service())
    found: Reach = g.reach
    return found


def demand_permission(permission: Permission) -> None:
    """For what a view decides itself: raises Forbidden unless the visitor's role holds the permission."""
    if not visitor().may(permission):
        raise Forbidden("permission_missing", permission=permission.value)


def _declare(view: View, demand: Permission | _Demand) -> View:
    view.demand = demand  # type: ignore[attr-defined]
    return view
