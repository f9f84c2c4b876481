"""Addresses of pages, built once per kind: made the general way, those of a list cost more than all its queries."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, request, url_for
from werkzeug.routing import IntegerConverter

#: Stands for a number until the real one is known; no number of ours is as large.
_MARK: Final = 7_000_000_000_000_000_000
#: What decides about an address beside its endpoint and values; an address with any of these is built anew.
_SPECIAL: Final = ("_anchor", "_method", "_scheme", "_external")
#: What Werkzeug leaves as it is in the query of an address.
_UNQUOTED: Final = "!$'()*,/:;?@"
_ASSETS: Final = frozenset({"static", "assets.vendor"})


class RowNumber(IntegerConverter):
    """A number in an address, as long as those a database takes: any other is of nothing there is."""

    regex = r"\d{1,18}"


class AddressBook(Flask):
    """The application, remembering the addresses it has built."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._fixed: dict[tuple[str, ...], str] = {}
        self._patterns: dict[tuple[str, ...], str] = {}
        self._plain: dict[str, bool] = {}
        super().__init__(*arguments, **options)
        self.url_map.converters["int"] = RowNumber

    def url_for(self, /, endpoint: str, **values: Any) -> str:
        """As in Flask; addresses of assets and those that only numbers tell apart come from memory."""
        root = _root()
        if root is None or endpoint.startswith(".") or any(values.get(name) is not None for name in _SPECIAL):
            return super().url_for(endpoint, **values)
        for name in _SPECIAL:  # Flask's own function gives them all, as None
            values.pop(name, None)
        if all(type(value) is int for value in values.values()):
            return self._numbered(root, endpoint, values)
        if endpoint in _ASSETS:
            return self._asset(root, endpoint, values)
        if all(type(value) is str for value in values.values()) and self._takes_nothing(endpoint):
            return f"{self._numbered(root, endpoint, {})}?{urlencode(values, safe=_UNQUOTED)}"
        return super().url_for(endpoint, **values)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing of ours is a coroutine: Flask looks for one fourteen times in a request."""
        return func

    def _takes_nothing(self, endpoint: str) -> bool:
        """Whether the address has no places to fill in, so that every value goes into its query."""
        known = self._plain.get(endpoint)
        if known is None:
            rules = list(self.url_map.iter_rules(endpoint)) if endpoint in self.view_functions else []
            known = self._plain[endpoint] = bool(rules) and not any(rule.arguments or rule.defaults for rule in rules)
        return known

    def _numbered(self, root: str, endpoint: str, values: dict[str, int]) -> str:
        key = (root, endpoint, *values)
        pattern = self._patterns.get(key)
        if pattern is None:
            marks: dict[str, Any] = {name: _MARK + place for place, name in enumerate(values)}
            pattern = super().url_for(endpoint, **marks).replace("{", "{{").replace("}", "}}")
            for name, mark in marks.items():
                pattern = pattern.replace(str(mark), f"{{{name}}}")
            self._patterns[key] = pattern
        return pattern.format(**values)

    def _asset(self, root: str, endpoint: str, values: dict[str, Any]) -> str:
        key = (root, endpoint, *(f"{name}={value}" for name, value in values.items()))
        found = self._fixed.get(key)
        if found is None:
            found = self._fixed[key] = super().url_for(endpoint, **values)
        return found


def numbered(endpoint: str, name: str) -> Callable[[int], str]:
    """The addresses of a list's rows, which differ by this number only: a row then costs no look-up at all."""
    values: dict[str, Any] = {name: _MARK}
    before, _mark, after = url_for(endpoint, **values).partition(str(_MARK))
    return lambda number: f"{before}{number}{after}"


def _root() -> str | None:
    """Where the application is mounted for this request; None outside of requests."""
    try:
        root: str = request.environ.get("SCRIPT_NAME", "")
    except RuntimeError:
        return None
    return root
