"""The session cookie: a random token; everything else about a session is a row on the server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from flask import Flask, Request, Response, current_app, request
from flask_login import AnonymousUserMixin, LoginManager

from portal.domain.ids import AccountId, PersonId
from portal.domain.permissions import Permission, Role
from portal.domain.reach import EVERYTHING, NOTHING, Reach, own
from portal.services.sessions import SessionView
from portal.web.current import portal

COOKIE: Final = "KLYUCHNIK_SESSION_COOKIE"
LIFE: Final = "KLYUCHNIK_SESSION_LIFE"

#: Here everybody sees his own devices and nothing else, whatever his role.
SELF_SERVICE: Final = "selfservice"

#: Asked by an open page without its reader: they must not keep a session from ending for idleness.
BY_ITSELF: Final = frozenset(
    f"{side}.{page}"
    for side in ("admin", "selfservice")
    for page in ("update_events", "update_progress", "device_presence")
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in, as of this request."""

    session: SessionView

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    @property
    def id(self) -> AccountId:
        """The account's number."""
        return self.session.account

    @property
    def login(self) -> str:
        """What the account signs in with."""
        return self.session.login

    @property
    def name(self) -> str:
        """Who it is."""
        return self.session.name

    @property
    def person(self) -> PersonId | None:
        """Who it is in the directory."""
        return self.session.person

    def get_id(self) -> str:
        """The account's number, as flask-login wants it."""
        return str(self.id)

    def may(self, permission: Permission) -> bool:
        """Whether the account holds the permission."""
        return permission in self.session.permissions

    def reach(self, *, self_service: bool) -> Reach:
        """Whose devices and data are within sight from a side of the portal."""
        if self_service or self.session.role == Role.EMPLOYEE:
            return own(self.person)
        return portal().sessions.limits_of(self.id) if self.session.scoped else EVERYTHING


class Stranger(AnonymousUserMixin):  # type: ignore[misc]
    """Nobody has signed in."""

    id = 0
    name = ""
    person = None

    def may(self, _permission: Permission) -> bool:
        """Nothing is open to strangers but what is public."""
        return False

    def reach(self, *, self_service: bool) -> Reach:  # noqa: ARG002  nothing on either side
        """Nothing is within sight of strangers."""
        return NOTHING


def init_sessions(app: Flask, *, cookie: str, life: timedelta) -> None:
    """Recognise visitors by our own cookie and our own table."""
    app.config[COOKIE] = cookie
    app.config[LIFE] = life
    manager = LoginManager(app)
    manager.session_protection = None
    manager.anonymous_user = Stranger
    manager.request_loader(visitor_of)


def visitor_of(request: Request) -> Visitor | None:
    """Who sends this request; asked of the database each time, so that a lost right is lost at once."""
    token = request.cookies.get(current_app.config[COOKIE], "")
    return recall(token, touch=request.endpoint not in BY_ITSELF) if token else None


def recall(token: str, *, touch: bool = True) -> Visitor | None:
    """The account behind a token while its session lives; ``touch`` counts the request as activity."""
    found = portal().sessions.find(token, touch=touch)
    return None if found is None else Visitor(found)


def on_self_service() -> bool:
    """Whether this request is for a page of self-service."""
    return request.blueprint == SELF_SERVICE


def still_allowed(permission: Permission, seen: Reach) -> Callable[[], bool]:
    """A question a stream asks again and again: does the session still live, may it still see this, and as far."""
    token, self_service = session_token(), on_self_service()

    def ask() -> bool:
        visitor = recall(token, touch=False)
        if visitor is None or not visitor.may(permission):
            return False
        return visitor.reach(self_service=self_service) == seen

    return ask


def session_token() -> str:
    """The token this request came with, or nothing."""
    return request.cookies.get(current_app.config[COOKIE], "")


def give_session(response: Response, token: str) -> None:
    """Send the new session's cookie."""
    response.set_cookie(
        current_app.config[COOKIE],
        token,
        max_age=current_app.config[LIFE],
        path="/",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def take_session(response: Response) -> None:
    """Take the cookie away."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(current_app.config[COOKIE], path="/", secure=secure, httponly=True, samesite="Lax")
