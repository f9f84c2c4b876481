"""What every table shares: names of constraints, UTC times, enums by value, keys that sort the same everywhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData, Row, Select, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

#: A query with any columns, and a row of its answer.
AnySelect: TypeAlias = Select[*tuple[Any, ...]]
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: Long enough for every enum of the domain; a new member needs no migration.
ENUM_LENGTH: Final = 40


class Base(DeclarativeBase):
    """All tables of the portal."""

    metadata = MetaData(naming_convention=NAMING)


_ZONELESS: Final = "a time without a zone means nothing here"


class UtcTime(TypeDecorator[datetime]):
    """Aware UTC times in and out; SQLite keeps them as text that sorts by time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(_ZONELESS)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """A time straight into SQLite's text: a run writes dozens."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """SQLite's text straight into a time: a page reads hundreds."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _to_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(_ZONELESS)
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


#: SQLite numbers rows by itself only when the key is spelled INTEGER.
Id: Final[TypeEngine[int]] = BigInteger().with_variant(Integer(), "sqlite")


def key(length: int) -> TypeEngine[str]:
    """Text that is compared by code point on both databases, so that ranges of prefixes use its index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def by_value(kind: type[StrEnum]) -> Enum:
    """An enum stored as its value; an unknown value in a row is an error, not a guess."""
    return Enum(kind, values_callable=_values, native_enum=False, length=ENUM_LENGTH, create_constraint=False)


def _values(kind: type[StrEnum]) -> list[str]:
    return [member.value for member in kind]
