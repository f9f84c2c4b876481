"""What is to be known of a question to ask it without SQLAlchemy: its texts, and the shapes of values in and out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.sql.sqltypes import TupleType

from portal.db.answers import Shape, shape_of

Processors = Mapping[str, Callable[[Any], Any]]


@dataclass(frozen=True, slots=True)
class Text:
    """A question with lists of certain lengths; ``lists`` tells the names of the places of each."""

    sql: str
    order: Sequence[str] | None
    constants: Mapping[str, Any]
    lists: Mapping[str, Sequence[str]]

    def values(self, given: Mapping[str, Any], processors: Processors) -> Any:
        """The values as the driver takes them."""
        named = {**self.constants, **given}
        for name, process in processors.items():
            value = named[name]
            named[name] = [process(one) for one in value] if name in self.lists else process(value)
        for name, places in self.lists.items():
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
        text = self.texts.get(lengths)
        if text is None:
            if 0 in lengths:
                return None
            text = self.texts[lengths] = self._written(given)
        return text.sql, text.values(given, self.processors)

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
        return Text(state.statement, state.positiontup, constants, places)


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
