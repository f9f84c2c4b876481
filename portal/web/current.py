"""The wired services of this application, for views."""

from typing import TYPE_CHECKING, cast

from flask import current_app

if TYPE_CHECKING:
    from portal.bootstrap import Portal


def portal() -> "Portal":
    """The services the application was made with."""
    return cast("Portal", current_app.extensions["portal"])
