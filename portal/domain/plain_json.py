"""Frozen values as plain JSON and back, by their annotations: what is stored and what is sent is made of this.

A field that is absent takes its default. Bytes travel in base64, times with their zone, sets in a fixed order.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, NewType, Union, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


class CodecError(ValueError):
    """What was stored or sent cannot be read."""


# ── writing ──────────────────────────────────────────────────────────────────


def plain(value: object) -> object:
    """The value in what JSON knows; raises CodecError for one that is made of anything else."""
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case bytes():
            return b64encode(value).decode()
        case date():  # a datetime is one, too
            return value.isoformat()
        case timedelta():
            return [value.days, value.seconds, value.microseconds]
        case tuple():
            return [plain(item) for item in value]
        case frozenset():
            return sorted((plain(item) for item in value), key=repr)
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise CodecError(type(value).__name__)


# ── reading ──────────────────────────────────────────────────────────────────


@cache
def reader(kind: Any, *, lenient: bool = False) -> Reader:
    """What reads a value of this annotation; raises TypeError, ValueError or OverflowError for what does not fit.

    ``lenient`` leaves out fields it does not know: a newer program may say more than an older one understands.
    """
    if isinstance(kind, NewType):
        return reader(kind.__supertype__, lenient=lenient)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {UnionType, Union}:
        return _optional(reader(next(one for one in arguments if one is not NoneType), lenient=lenient))
    if origin is tuple:
        return _tuple_reader(arguments, lenient=lenient)
    if origin is frozenset:
        return _frozenset_reader(reader(arguments[0], lenient=lenient))
    if is_dataclass(kind):
        return _dataclass_reader(kind, lenient=lenient)
    return _SIMPLE.get(kind) or (_member(kind) if issubclass(kind, Enum) else _exactly(kind))


def _member(kind: type[Enum]) -> Reader:
    return kind


def _exactly(kind: type) -> Reader:
    def read(stored: object) -> object:
        if type(stored) is not kind:
            raise TypeError(f"{kind.__name__} expected, not {type(stored).__name__}")
        return stored

    return read


def _optional(read: Reader) -> Reader:
    return lambda stored: None if stored is None else read(stored)


def _tuple_reader(arguments: tuple[Any, ...], *, lenient: bool) -> Reader:
    if arguments[-1] is Ellipsis:
        each = reader(arguments[0], lenient=lenient)
        return lambda stored: tuple(each(item) for item in _list(stored))
    readers = tuple(reader(argument, lenient=lenient) for argument in arguments)
    return lambda stored: tuple(read(item) for read, item in zip(readers, _list(stored), strict=True))


def _frozenset_reader(each: Reader) -> Reader:
    return lambda stored: frozenset(each(item) for item in _list(stored))


def _dataclass_reader(kind: Any, *, lenient: bool) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: reader(hints[field.name], lenient=lenient) for field in fields(kind)}
    required = {field.name for field in fields(kind) if _required(field)}

    def read(stored: object) -> object:
        if not isinstance(stored, dict) or not required <= stored.keys():
            raise TypeError(f"not the fields of {kind.__name__}")
        if not lenient and not stored.keys() <= readers.keys():
            raise TypeError(f"more than the fields of {kind.__name__}")
        return kind(**{name: readers[name](item) for name, item in stored.items() if name in readers})

    return read


def _required(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _list(stored: object) -> list[Any]:
    if not isinstance(stored, list):
        raise TypeError("a list expected")
    return stored


def _moment(stored: str) -> datetime:
    moment = datetime.fromisoformat(stored)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


_SIMPLE: Final[dict[type, Reader]] = {
    bytes: lambda stored: b64decode(stored, validate=True),
    datetime: _moment,
    date: date.fromisoformat,
    timedelta: lambda stored: timedelta(*_list(stored)),
}
