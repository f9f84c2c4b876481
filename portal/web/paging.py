"""Keyset paging in addresses: the next page begins after the last row of this one."""

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal
from flask import request

from portal.db.queries.paging import COUNT_LIMIT, Count
from portal.web.pages import address
from portal.web.translate import gettext as _
from portal.web.translate import tongue


@dataclass(frozen=True, slots=True)
class Pager:
    """What stands under a list; ``partly`` when looking stopped before the page was full."""

    shown: int
    count_text: str
    first_href: str | None
    next_href: str | None
    previous_href: str | None = None
    partly: bool = False


def pager(shown: int, count: Count, after: str | None, *, partly: bool = False) -> Pager:
    """Links to the neighbours of this page, with every filter kept."""
    at_start = "after" not in request.args
    return Pager(
        shown=shown,
        count_text=count_text(count),
        first_href=None if at_start else here(after=None),
        next_href=here(after=after) if after else None,
        partly=partly,
    )


def count_text(count: Count) -> str:
    """How many there are, as far as anybody counted."""
    number = _in_digits(tongue().locale, count.number)
    return _("more than %(number)s", number=number) if count.more else number


@lru_cache(maxsize=COUNT_LIMIT)
def _in_digits(locale: Locale, number: int) -> str:
    """Babel looks into its patterns anew for each number, for as long as a row of a list takes."""
    return str(format_decimal(number, locale=locale))


def here(**changed: str | None) -> str:
    """This page's address with some of its arguments changed; None leaves one out."""
    arguments = {name: value for name, value in request.args.items() if value}
    arguments |= {name: value or "" for name, value in changed.items()}
    kept = {name: value for name, value in arguments.items() if value}
    return address(request.endpoint or "root", kept, **(request.view_args or {}))
