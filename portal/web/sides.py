"""The two faces of the portal: pages both have are written once, and ask here on which side they stand."""

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, g, has_request_context, request, url_for
from flask.globals import _cv_app
from flask_login import current_user

from portal.domain.permissions import Permission
from portal.web.current import visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A face: its blueprint, the frame of its pages, its first page, and what its visitors need for what both have.

    None stands for what nobody may do from this side.
    """

    name: str
    layout: str
    home: str
    person: str | None  # the page of a device's holder
    read: Permission
    order: Permission
    ask: Permission  # registers of the state, about the holder
    cancel: Permission
    track: Permission
    settle: Permission | None
    forget_key: Permission | None
    by_holder: bool = False  # the visitor holds the device himself, and its policy says what he may do


ADMIN: Final = Side(
    name="admin",
    layout="admin/base.html",
    home="admin.dashboard",
    person="admin.show_person",
    read=Permission.UPDATES_READ,
    order=Permission.UPDATES_ORDER,
    ask=Permission.IDENTITY_ASK,
    cancel=Permission.UPDATES_CANCEL,
    track=Permission.TRACKING_CHOOSE,
    settle=Permission.UPDATES_SETTLE,
    forget_key=Permission.CERTIFICATES_FORGET_KEY,
)
SELF: Final = Side(
    name="selfservice",
    layout="selfservice/base.html",
    home="selfservice.my_devices",
    person=None,
    read=Permission.SELF_DEVICES_READ,
    order=Permission.SELF_UPDATES_ORDER,
    ask=Permission.SELF_IDENTITY_ASK,
    cancel=Permission.SELF_UPDATES_CANCEL,
    track=Permission.SELF_TRACKING_CHOOSE,
    settle=None,
    forget_key=None,
    by_holder=True,
)
SIDES: Final = {side.name: side for side in (ADMIN, SELF)}
CONSOLE: Final = tuple(permission for permission in Permission if permission.side == "admin")


def init_sides(app: Flask) -> None:
    """Let templates ask on which side they stand."""
    app.jinja_env.globals.update(side=side, side_url=side_url)


def side() -> Side:
    """The side of the page that is asked for; what belongs to neither is shown on the visitor's own.

    The command line is the console's.
    """
    try:
        found: Side = _cv_app.get(None).g.side  # type: ignore[union-attr]  # a page asks thirty times
    except AttributeError:
        return _find_side()
    return found


def _find_side() -> Side:
    if not has_request_context():
        return ADMIN
    found = SIDES.get(request.blueprint or "")
    if found is None:
        return own_side()
    g.side = found
    return found


def own_side() -> Side:
    """Where the visitor begins: the console if it is open to him."""
    return ADMIN if any(map(current_user.may, CONSOLE)) else SELF


def within_reach() -> Side:
    """This side if the visitor may be here, else his own: where a refusal leads him back to."""
    here = side()
    return here if may(here.read) else own_side()


def home_page() -> str:
    """Where the portal begins for this visitor."""
    return own_side().home if current_user.is_authenticated else "auth.sign_in"


def side_url(endpoint: str, **values: Any) -> str:
    """The address of a page both sides have, on the side of this request."""
    return url_for(f"{side().name}.{endpoint}", **values)


def may(permission: Permission | None) -> bool:
    """Whether the visitor may do what this side asks the permission for."""
    return permission is not None and bool(visitor().may(permission))
