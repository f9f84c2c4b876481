"""What is to be known of a question to ask it without SQLAlchemy: its texts, and the shapes of values in and out.

PostgreSQL is given a list as one value: written out, each length would be a question of its own, read and planned
anew, and one of fifty places too long for the driver to remember.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.sql.sqltypes import TupleType

from portal.db.answers import Shape, shape_of

Processors = Mapping[str, Callable[[Any], Any]]

#: Texts for lists of so many values altogether are remembered, and so many of a question.
_SHORT: Final = 200
_TEXTS: Final = 100


@dataclass(frozen=True, slots=True)
class Text:
    """A question as the driver reads it.

    ``arrays`` names the lists that are one value each, ``places`` the others with the names of the places of each.
    """

    sql: str
    order: Sequence[str] | None
    constants: Mapping[str, Any]
    arrays: Sequence[str]
    places: Mapping[str, Sequence[str]]

    def values(self, given: Mapping[str, Any], processors: Processors) -> Any:
        """The values as the driver takes them."""
        named = {**self.constants, **given}
        for name in self.arrays:
            named[name] = list(named[name])
        for name, process in processors.items():
            value = named[name]
            many = name in self.arrays or name in self.places
            named[name] = [process(one) for one in value] if many else process(value)
        for name, places in self.places.items():
            named.update(zip(places, named.pop(name), strict=True))
        return named if self.order is None else [named[name] for name in self.order]


@dataclass(frozen=True, slots=True)
class Question:
    """A question in every form it was asked in; ``lists`` and ``processors`` are of the values that are given.

    ``own`` tells, for each value that was put together with the question, under which names it is given.
    """

    compiled: Any
    lists: tuple[str, ...]
    processors: Processors
    shape: Shape
    own: tuple[tuple[str, ...], ...] = ()
    texts: dict[tuple[int, ...], Text] = field(default_factory=dict)

    def asked(self, given: Mapping[str, Any]) -> tuple[str, Any] | None:
        """Text and values; None when a list is empty, which reads quite differently."""
        lengths = tuple([len(given[name]) for name in self.lists])
        if 0 in lengths:
            return None
        text = self.texts.get(lengths) or self.texts.get(()) or self._learnt(given, lengths)
        return text.sql, text.values(given, self.processors)

    def _learnt(self, given: Mapping[str, Any], lengths: tuple[int, ...]) -> Text:
        """Write it, and remember it for lists of these lengths, or of any."""
        text = self._written(given)
        if sum(lengths) <= _SHORT or not text.places:
            if len(self.texts) >= _TEXTS:
                self.texts.clear()
            self.texts[lengths if text.places else ()] = text
        return text

    def values_of(self, key: Any) -> dict[str, Any]:
        """The values of a question put together alike, by the names they are given under."""
        return {name: bind.value for names, bind in zip(self.own, key.bindparams, strict=True) for name in names}

    def _written(self, given: Mapping[str, Any]) -> Text:
        state = self.compiled.construct_expanded_state(given)
        places = {name: tuple(state.parameter_expansion[name]) for name in self.lists}
        gone = {*given, *(place for some in places.values() for place in some)}
        processors = {**_processors(self.compiled), **state.processors}
        constants = {
            name: processors[name](value) if name in processors else value
            for name, value in state.parameters.items()
            if name not in gone
        }
        arrays: list[str] = []
        sql = state.statement
        if self.compiled.dialect.name == "postgresql":
            for name in self.lists:
                with_array = _with_array(sql, name, places[name])
                if with_array is not None:
                    sql = with_array
                    arrays.append(name)
                    del places[name]
        return Text(sql, state.positiontup, constants, arrays, places)


def _with_array(sql: str, name: str, places: Sequence[str]) -> str | None:
    """The text with this list as one value; None when it stands elsewhere than after ``IN``."""
    first = re.escape(f"%({places[0]})s")
    kind = re.search(first + "(::[A-Z ]+)?", sql)
    if kind is None:
        return None
    cast = kind[1] or ""
    listed = ", ".join(f"%({place})s{cast}" for place in places)
    one = f"(%({name})s{cast and cast + '[]'})"
    written = sql.replace(f" NOT IN ({listed})", f" != ALL {one}").replace(f" IN ({listed})", f" = ANY {one}")
    return None if f"%({places[0]})s" in written else written


def question(statement: Any, dialect: Dialect) -> Question | None:
    """What is to be known of it; None when its text depends on more than the lengths of its lists."""
    return _known(statement.compile(dialect=dialect), statement, own=())


def likeness(statement: Any, dialect: Dialect, key: Any) -> Question | None:
    """What is to be known of every question put together as this one, with values of their own."""
    compiled: Any = statement.compile(dialect=dialect, cache_key=key)
    meant, names = compiled._cache_key_bind_match[0], compiled.bind_names  # noqa: SLF001  nobody else knows
    own = [tuple({names[bind] for bind in meant[one] if bind in names and not bind.required}) for one in key.bindparams]
    return _known(compiled, statement, own=own)


def _known(compiled: Any, statement: Any, *, own: Iterable[tuple[str, ...]]) -> Question | None:
    binds, own = compiled.binds, tuple(own)
    given = {name for some in own for name in some} | {name for name, bind in binds.items() if bind.required}
    if compiled.escaped_bind_names or any(_changing(bind, given=name in given) for name, bind in binds.items()):
        return None
    lists = tuple(name for name, bind in binds.items() if bind.expanding and name in given)
    processors = {name: one for name, one in _processors(compiled).items() if name in given}
    return Question(compiled, lists, processors, shape_of(statement.selected_columns, compiled.dialect), own)


def _changing(bind: Any, *, given: bool) -> bool:
    """Whether a value decides about the text, or is not known before it is asked for."""
    return bind.callable is not None or (given and (bind.literal_execute or isinstance(bind.type, TupleType)))


def _processors(compiled: Any) -> Processors:
    dialect = compiled.dialect
    found = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    return {name: process for name, process in found.items() if process is not None}
