"""A column that is tested but never looked up: keeps SQLite's planner to the index a query was made for."""

from typing import Any

from sqlalchemy import ColumnElement
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


@compiles(_Beside)
def _plain(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(_Beside, "sqlite")
def _unindexed(element: _Beside, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"
