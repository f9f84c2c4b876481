"""The wired services of this application, and who asks, for views."""

from typing import TYPE_CHECKING, Any, cast

from flask import current_app
from flask.globals import _cv_app
from flask_login import current_user

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def portal() -> "Portal":
    """The services the application was made with."""
    return cast("Portal", current_app.extensions["portal"])


def visitor() -> Any:
    """Who sends this request: flask-login's own answer, for places that ask twenty times a page."""
    try:
        return _cv_app.get(None).g._login_user  # type: ignore[union-attr]  # noqa: SLF001  where flask-login keeps it
    except AttributeError:
        return current_user
