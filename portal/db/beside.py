"""Conditions on columns that choose no index: they keep a planner to the one a query was made for."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Beside(FunctionElement[Any]):
    """Written as the column itself, with a plus before it on SQLite; PostgreSQL knows its tables well enough."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> None:
        super().__init__(column)
        self.type = column.type


def beside(column: ColumnElement[Any] | InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The column, for a condition that must not choose the index."""
    return _Beside(column)


class _Level(FunctionElement[Any]):
    """Written as a range of one value on PostgreSQL: of an equality it would expect next to no rows."""

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, value: Any) -> None:
        super().__init__(column, value)


def level(column: Any, value: Any) -> ColumnElement[bool]:
    """The column is equal to a value many rows have; it chooses no index either."""
    return _Level(column, value)


@compiles(_Level)
def _between(element: _Level, compiler: SQLCompiler, **options: Any) -> str:
    column, value = (compiler.process(one, **options) for one in element.clauses)
    return f"{column} BETWEEN {value} AND {value}"


@compiles(_Level, "sqlite")
def _equal(element: _Level, compiler: SQLCompiler, **options: Any) -> str:
    column, value = (compiler.process(one, **options) for one in element.clauses)
    return f"+{column} = {value}"


@compiles(_Beside)
def _plain(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Beside, "sqlite")
def _unindexed(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
