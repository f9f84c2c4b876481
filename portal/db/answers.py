"""Rows of an answer that came straight from the driver, in the shapes of our types and under SQLAlchemy's names."""

from collections import namedtuple
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnCollection, Dialect
from sqlalchemy.exc import MultipleResultsFound, NoResultFound


class Shape(NamedTuple):
    """How a row is made of what the driver gives, and a value of its first column."""

    row: Callable[[Any], Any]
    first: Callable[[Any], Any] | None


def shape_of(columns: ColumnCollection[str, Any], dialect: Dialect) -> Shape:
    """The shape of rows with these columns."""
    named = _row(list(columns.keys()))
    found = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    processed = [(place, process) for place, process in enumerate(found) if process is not None]
    return Shape(_maker(named._make, processed), found[0])


def _row(names: list[str]) -> Any:
    """Rows with these names, told as SQLAlchemy's are."""
    named: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]  # noqa: PYI024
    mapping = property(lambda row: dict(zip(names, row, strict=True)))
    return type("Row", (named,), {"__slots__": (), "_mapping": mapping})


def _maker(make: Callable[[Any], Any], processed: list[tuple[int, Callable[[Any], Any]]]) -> Callable[[Any], Any]:
    if not processed:
        return make

    def made(data: Any) -> Any:
        values = list(data)
        for place, process in processed:
            values[place] = process(values[place])
        return make(values)

    return made


class Values:
    """The first column of an answer."""

    def __init__(self, cursor: Any, process: Callable[[Any], Any] | None) -> None:
        self._cursor = cursor
        self._process = process

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def all(self) -> list[Any]:
        """Every value."""
        rows = self._cursor.fetchall()
        self._cursor.close()
        process = self._process
        return [row[0] for row in rows] if process is None else [process(row[0]) for row in rows]

    def first(self) -> Any:
        """The first value, or None."""
        data = self._cursor.fetchone()
        self._cursor.close()
        if data is None:
            return None
        return data[0] if self._process is None else self._process(data[0])


class Mappings:
    """Rows by the names of their columns."""

    def __init__(self, answer: "Answer") -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[Any]:
        return (row._mapping for row in self._answer)

    def one(self) -> Any:
        """The only row; an error when there is none, or more."""
        return self._answer.one()._mapping


class Answer:
    """The rows of an answer, asked for as of SQLAlchemy's own."""

    def __init__(self, cursor: Any, shape: Shape) -> None:
        self._cursor = cursor
        self._shape = shape

    def __iter__(self) -> Iterator[Any]:
        return map(self._shape.row, self._cursor)

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return int(self._cursor.rowcount)

    def all(self) -> list[Any]:
        """Every row."""
        rows = list(map(self._shape.row, self._cursor.fetchall()))
        self._cursor.close()
        return rows

    def first(self) -> Any:
        """The first row, or None."""
        data = self._cursor.fetchone()
        self._cursor.close()
        return None if data is None else self._shape.row(data)

    def one_or_none(self) -> Any:
        """The only row, or None; an error when there are more."""
        data = self._cursor.fetchone()
        if data is not None and self._cursor.fetchone() is not None:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        self._cursor.close()
        return None if data is None else self._shape.row(data)

    def one(self) -> Any:
        """The only row; an error when there is none, or more."""
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("No row was found when one was required")
        return row

    def scalars(self) -> Values:
        """The first column."""
        return Values(self._cursor, self._shape.first)

    def mappings(self) -> Mappings:
        """Rows by the names of their columns."""
        return Mappings(self)

    def scalar(self) -> Any:
        """The first value of the first row, or None."""
        row = self.first()
        return None if row is None else row[0]

    def scalar_one_or_none(self) -> Any:
        """The first value of the only row, or None."""
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        """The first value of the only row."""
        return self.one()[0]
