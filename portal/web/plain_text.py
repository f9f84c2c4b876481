"""Text with a NUL in it is no text: PostgreSQL takes none, and no page of ours sends one."""

from collections.abc import Callable, Collection
from typing import Final

from flask import abort, request

#: As it stands in an address.
_ENCODED: Final = b"%00"
_NUL: Final = "\0"


def refuse_nul_in_address() -> None:
    """Before anything looks at the path or the query."""
    if _NUL in request.path or _ENCODED in request.query_string:
        abort(400)


def refuse_nul_in_forms(*, but: Collection[str]) -> Callable[[], None]:
    """For once forms may be read; ``but`` these blueprints, whose bodies are none."""

    def refuse() -> None:
        if request.blueprint not in but and any(
            _NUL in text for pair in request.form.items(multi=True) for text in pair
        ):
            abort(400)

    return refuse
