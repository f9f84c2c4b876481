"""Lists that belong together, one of them open."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for


@dataclass(frozen=True, slots=True)
class Tab:
    """One of them."""

    label: str
    href: str
    current: bool


def tab_row(lists: Iterable[tuple[str, str]], current: str) -> tuple[Tab, ...]:
    """A tab for each label and endpoint."""
    return tuple(Tab(label, url_for(endpoint), endpoint == current) for label, endpoint in lists)
