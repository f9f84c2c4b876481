"""What is to be known of a question to ask it without SQLAlchemy: its texts, and the shapes of values in and out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Dialect

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
    """A question in every form it was asked in; ``lists`` and ``processors`` are of the values that are given."""

    compiled: Any
    lists: tuple[str, ...]
    processors: Processors
    shape: Shape
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
    compiled: Any = statement.compile(dialect=dialect)
    binds = compiled.binds
    if compiled.escaped_bind_names or any(map(_changing, binds.values())):
        return None
    lists = tuple(name for name, bind in binds.items() if bind.expanding and bind.required)
    processors = {name: one for name, one in _processors(compiled).items() if binds[name].required}
    return Question(compiled, lists, processors, shape_of(statement.selected_columns, dialect))


def _changing(bind: Any) -> bool:
    return bind.callable is not None or (bind.required and bind.literal_execute)


def _processors(compiled: Any) -> Processors:
    dialect = compiled.dialect
    found = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    return {name: process for name, process in found.items() if process is not None}
