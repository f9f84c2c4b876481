"""Rows of a template's names: those of the form after a button was pressed, and the person they are tried on."""

from dataclasses import replace
from typing import Final

from portal.db import snapshots
from portal.db.queries.people import list_people, search_people
from portal.domain.people import Person
from portal.domain.policy import SubjectRecipe
from portal.domain.reach import Reach
from portal.web.current import portal
from portal.web.template_forms import GROUPS

_FRESH: Final = {"subject": ("OU", ""), "alternative": ("email", "{email}")}


def rows_after(order: str, recipe: SubjectRecipe) -> SubjectRecipe:
    """The rows after "add-subject" or "remove-alternative-2"; any other order leaves them as they are."""
    verb, _dash, rest = order.partition("-")
    group, _dash, number = rest.partition("-")
    if group not in GROUPS:
        return recipe
    rows = list(getattr(recipe, group))
    if verb == "add":
        rows.append(_FRESH[group])
    elif verb == "remove" and number in set(map(str, range(len(rows)))):
        del rows[int(number)]
    return replace(recipe, **{group: tuple(rows)})


def an_example(text: str, within: Reach) -> Person | None:
    """The person these words mean, or anybody when there are none; None when nobody is found."""
    with portal().database.read() as connection:
        if text:
            page = search_people(connection, text, limit=1, reach=within)
        else:
            page = list_people(connection, size=1, reach=within)
        return snapshots.person(connection, page.items[0].id) if page.items else None
