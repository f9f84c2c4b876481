"""Connections: a question that comes again goes to the driver as a text and its values.

A page asks twenty questions, and SQLAlchemy needs four times as long for each as SQLite does for the answer. What it
finds out about a question is the same every time: how it reads in this database, which values need another shape on
their way in and which on their way out. So it is asked once, and remembered for as long as the question is.
"""

from typing import Any, Final, TypeAlias, cast
from weakref import WeakKeyDictionary

from sqlalchemy import CompoundSelect, CursorResult, Engine, Executable, Select

from portal.db.answers import Answer
from portal.db.driven import Driven
from portal.db.questions import Question, question

#: What is known of a question: how often it came, later how it is asked.
Known: TypeAlias = "WeakKeyDictionary[Any, int | Question]"

#: What is put together for one page comes once or twice, and is not worth remembering.
_OFTEN: Final = 3
#: For questions that SQLAlchemy has to write anew each time.
_NEVER: Final = -1
#: There are some hundreds; what is put together and then asked in a loop must not pile up among them.
_MOST: Final = 2000


class Asker(Driven):
    """A connection as SQLAlchemy makes it, with a shorter way for questions that are asked again and again."""

    def __init__(self, engine: Engine, known: Known) -> None:
        super().__init__(engine)
        self._known = known

    def execute(self, statement: Executable, parameters: Any = None, **options: Any) -> CursorResult[Any]:
        """Execute a statement."""
        known = self._known.get(statement)
        if not isinstance(known, Question):
            known = self._seen(statement, known)
        asked = None if known is None or options else known.asked(parameters or {})
        if known is None or asked is None:
            return super().execute(statement, parameters, **options)
        return cast("CursorResult[Any]", Answer(self.drive(*asked), known.shape))

    def _seen(self, statement: Executable, times: int | None) -> Question | None:
        """Count the question; it is looked into when it has come often enough."""
        if type(statement) not in {Select, CompoundSelect} or times == _NEVER:
            return None
        often = 1 + (times or 0)
        found = question(statement, self.dialect) if often == _OFTEN else None
        if len(self._known) > _MOST:
            self._known.clear()
        self._known[statement] = found or (_NEVER if often == _OFTEN else often)
        return found
