"""How much a request may bring: little, but for the few views that take a file."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., Any])


def takes_file(largest: int) -> Callable[[View], View]:
    """Let the view take a file of so many bytes; asked only after the visitor's right to be there."""

    def allow(view: View) -> View:
        view.largest = largest  # type: ignore[attr-defined]
        return view

    return allow


def widen() -> None:
    """Before the form is read: let it be as large as its view takes."""
    view = current_app.view_functions.get(request.endpoint or "")
    largest: int | None = getattr(view, "largest", None)
    if largest is not None:
        request.max_content_length = largest + 64 * 1024  # the other fields of the form
