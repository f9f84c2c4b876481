"""Whether the world behaves: every fake asks before and after it does something."""

from typing import Protocol

from portal.domain.outcomes import Refused, Waiting


class Nature(Protocol):
    """Answers a trouble, or raises to end the process, at a named place."""

    def before(self, place: str) -> Refused | Waiting | None:
        """Before the effect: nothing has happened yet."""
        ...

    def after(self, place: str) -> Refused | None:
        """After the effect: the answer is lost."""
        ...

    def odd(self, place: str) -> str:
        """What strange thing is answered instead of the right one, if any."""
        ...


class Calm:
    """Nothing ever goes wrong."""

    def before(self, place: str) -> Refused | Waiting | None:
        return None

    def after(self, place: str) -> Refused | None:
        return None

    def odd(self, place: str) -> str:
        return ""
