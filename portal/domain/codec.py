"""Values as plain JSON and back, for what is stored and read again: plans, steps, findings, contents, policies.

Each value is wrapped as ``{"kind": …, "version": …, "value": …}``. A kind or version this code does not know is an
error of its own, never a guess. A field that is absent takes its default, so a new field with a default needs no new
version; any other change of shape does.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from portal.domain.contents import TokenContents
from portal.domain.findings import Finding
from portal.domain.identity import IdentityClaim
from portal.domain.people_preview import Preview
from portal.domain.plan_items import Choices, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.troubles import Why
from portal.domain.update_steps import Step

Value = TypeVar("Value")
Json = dict[str, Any]

#: What may be stored, and the version of its shape.
VERSIONS: Final[dict[type, int]] = {
    Choices: 1,
    DeviceUsagePolicy: 1,
    Finding: 1,
    IdentityClaim: 1,
    Preview: 1,
    Step: 1,
    TokenContents: 1,
    UpdatePlan: 1,
    Why: 1,
}


class CodecError(ValueError):
    """What was stored cannot be read."""


class UnknownKind(CodecError):  # noqa: N818 - it says what happened
    """It is of another kind, or of a version this code does not know."""


def to_json(value: object) -> Json:
    """The value as plain JSON with its kind and version."""
    kind = type(value)
    if kind not in VERSIONS:
        raise UnknownKind(kind.__name__)
    return {"kind": kind.__name__, "version": VERSIONS[kind], "value": _plain(value)}


def from_json(kind: type[Value], stored: object) -> Value:
    """The value of this kind out of what ``to_json`` made.

    Raises UnknownKind for another kind or version, and CodecError for anything else that does not fit.
    """
    if not isinstance(stored, dict) or "value" not in stored:
        raise CodecError("no stored value")
    if (stored.get("kind"), stored.get("version")) != (kind.__name__, VERSIONS.get(kind)):
        raise UnknownKind(f"{stored.get('kind')} {stored.get('version')}")
    annotation: Any = kind
    try:
        value: Value = _reader(annotation)(stored["value"])
    except (TypeError, ValueError, OverflowError) as problem:
        raise CodecError(f"{kind.__name__}: {problem}") from problem
    return value


# ── writing ──────────────────────────────────────────────────────────────────


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case date():  # a datetime is one, too
            return value.isoformat()
        case timedelta():
            return [value.days, value.seconds, value.microseconds]
        case tuple():
            return [_plain(item) for item in value]
        case frozenset():
            return sorted((_plain(item) for item in value), key=repr)
        case _ if is_dataclass(value):
            return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise CodecError(type(value).__name__)


# ── reading ──────────────────────────────────────────────────────────────────

_Reader = Callable[[Any], Any]


@cache
def _reader(kind: Any) -> _Reader:
    """What reads a value of this annotation."""
    if isinstance(kind, NewType):
        return _reader(kind.__supertype__)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {UnionType, Union}:
        return _optional(_reader(next(one for one in arguments if one is not NoneType)))
    if origin is tuple:
        return _tuple_reader(arguments)
    if origin is frozenset:
        return _frozenset_reader(_reader(arguments[0]))
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    return _SIMPLE.get(kind) or (_member(kind) if issubclass(kind, Enum) else _exactly(kind))


def _member(kind: type[Enum]) -> _Reader:
    return kind


def _exactly(kind: type) -> _Reader:
    def read(stored: object) -> object:
        if type(stored) is not kind:
            raise TypeError(f"{kind.__name__} expected, not {type(stored).__name__}")
        return stored

    return read


def _optional(reader: _Reader) -> _Reader:
    return lambda stored: None if stored is None else reader(stored)


def _tuple_reader(arguments: tuple[Any, ...]) -> _Reader:
    if arguments[-1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda stored: tuple(each(item) for item in _list(stored))
    readers = tuple(_reader(argument) for argument in arguments)
    return lambda stored: tuple(read(item) for read, item in zip(readers, _list(stored), strict=True))


def _frozenset_reader(each: _Reader) -> _Reader:
    return lambda stored: frozenset(each(item) for item in _list(stored))


def _dataclass_reader(kind: Any) -> _Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}
    required = {field.name for field in fields(kind) if _required(field)}

    def read(stored: object) -> object:
        if not isinstance(stored, dict) or not required <= stored.keys() <= readers.keys():
            raise TypeError(f"not the fields of {kind.__name__}")
        return kind(**{name: readers[name](item) for name, item in stored.items()})

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


_SIMPLE: Final[dict[type, _Reader]] = {
    datetime: _moment,
    date: date.fromisoformat,
    timedelta: lambda stored: timedelta(*_list(stored)),
}
