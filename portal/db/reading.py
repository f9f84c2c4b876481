"""Connections: a question that comes again goes to the driver as a text and its values.

A page asks twenty questions, and SQLAlchemy needs four times as long for each as SQLite does for the answer. What it
finds out about a question is the same every time: how it reads in this database, which values need another shape on
their way in and which on their way out. So it is asked once, and remembered for as long as the question is. A question
that is put together anew for each page is told by its likeness, by which SQLAlchemy itself knows it again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, Connection, CursorResult, Engine, Executable, Select

from portal.db.answers import Answer
from portal.db.driven import Driven
from portal.db.questions import Question, likeness, question


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of questions: how often each came, later how it is asked; and the same of those put together."""

    questions: "WeakKeyDictionary[Any, int | Question]" = field(default_factory=WeakKeyDictionary)
    likenesses: dict[Any, int | Question] = field(default_factory=dict)


#: What comes once or twice is not worth remembering; who knows better says so by ``ask_alike``.
_OFTEN: Final = 3
#: For questions that SQLAlchemy has to write anew each time.
_NEVER: Final = -1
_READABLE: Final = frozenset({Select, CompoundSelect})
#: There are some hundreds; what is put together and then asked in a loop must not pile up among them.
_MOST: Final = 2000


class Asker(Driven):
    """A connection as SQLAlchemy makes it, with a shorter way for questions that are asked again and again."""

    def __init__(self, engine: Engine, known: Known) -> None:
        super().__init__(engine)
        self._known = known

    def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        """Execute a statement."""
        if type(statement) not in _READABLE or options:
            return super().execute(statement, parameters, **options)
        known = self._known.questions.get(statement)
        if not isinstance(known, Question):
            known = self._seen(statement, known)
            if known is None:
                return self._ask_alike(statement, parameters or {}, often=_OFTEN)
        return self._answered(known.asked(parameters or {}), known, statement, parameters)

    def execute_alike(self, statement: Any, given: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute a statement that was put together for this one time, with its values in it."""
        return self._ask_alike(statement, given, often=1)

    def _ask_alike(self, statement: Any, given: Mapping[str, Any], *, often: int) -> CursorResult[Any]:
        key = statement._generate_cache_key()  # noqa: SLF001  what SQLAlchemy itself tells them apart by
        known = None if key is None or key.params is not None else self._likeness(statement, key, often)
        if known is None:
            return super().execute(statement, given)
        return self._answered(known.asked({**known.values_of(key), **given}), known, statement, given)

    def _answered(
        self, asked: tuple[str, Any] | None, known: Question, statement: Any, given: Any
    ) -> CursorResult[Any]:
        if asked is None:
            return super().execute(statement, given)
        return cast("CursorResult[Any]", Answer(self.drive(*asked), known.shape))

    def _likeness(self, statement: Any, key: Any, often: int) -> Question | None:
        """Count those alike; they are looked into when they have come often enough."""
        kept = self._known.likenesses
        found = kept.get(key.key, 0)
        if isinstance(found, Question):
            return found
        if found == _NEVER:
            return None
        if len(kept) > _MOST:
            kept.clear()
        if found + 1 < often:
            kept[key.key] = found + 1
            return None
        learnt = likeness(statement, self.dialect, key)
        kept[key.key] = learnt or _NEVER
        return learnt

    def _seen(self, statement: Executable, times: int | None) -> Question | None:
        """Count the question; it is looked into when it has come often enough."""
        if times == _NEVER:
            return None
        often = 1 + (times or 0)
        found = question(statement, self.dialect) if often == _OFTEN else None
        if len(self._known.questions) > _MOST:
            self._known.questions.clear()
        self._known.questions[statement] = found or (_NEVER if often == _OFTEN else often)
        return found


def ask_alike(connection: Connection, statement: Any, given: Mapping[str, Any] | None = None) -> CursorResult[Any]:
    """The answer to a question put together anew for each list: of one alike it is known how it is asked."""
    return cast("Asker", connection).execute_alike(statement, given or {})
