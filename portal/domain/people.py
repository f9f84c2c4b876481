"""A person of the directory, as the rules see one."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Person:
    """A directory user.

    ``container`` is the path of units from the root of the directory downwards, e.g. ("Ключ", "Продажи").
    ``attributes`` holds every value a subject recipe or a tracked attribute may name
    (cn, surname, given_name, middle_name, login, email, upn, phone, title, department, organization, …).
    """

    id: PersonId
    container: tuple[str, ...]
    groups: frozenset[str]
    attributes: Mapping[str, str]
    active: bool = True

    def attribute(self, name: str) -> str:
        """The attribute's value, or an empty string."""
        return self.attributes.get(name, "")
