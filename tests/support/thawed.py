"""Frozen values that are made as quickly as others, for tests that make them by the million.

A frozen dataclass sets each of its fields through a call, which takes longer than all the rest of an update in
memory does. What is frozen stays so in the product and in every other test, and mypy knows it here, too.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Final

OWN: Final = ("__init__", "__setattr__")

_plain: Final[dict[type, Callable[..., None]]] = {}


@contextmanager
def thawed(*packages: str) -> Iterator[None]:
    """Until the end, frozen dataclasses of these packages take their values as they come."""
    kept: list[tuple[Any, dict[str, Any]]] = []
    try:
        for one in _frozen(packages):
            kept.append((one, {name: vars(one)[name] for name in OWN}))
            one.__init__ = _plain_init(one)
            del one.__setattr__
        yield
    finally:
        for one, own in kept:
            for name, there in own.items():
                setattr(one, name, there)


def _frozen(packages: tuple[str, ...]) -> list[Any]:
    modules = [module for name, module in sys.modules.items() if name.startswith(packages)]
    found: set[Any] = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    return [one for one in found if one.__module__.startswith(packages) and _is_frozen(one)]


def _is_frozen(one: Any) -> bool:
    params = vars(one).get("__dataclass_params__")
    return params is not None and params.frozen and all(name in vars(one) for name in OWN)


def _plain_init(one: Any) -> Callable[..., None]:
    """The same beginning without the ice: that of a twin which was never frozen."""
    if one not in _plain:
        _plain[one] = _twin(one).__init__
    return _plain[one]


def _twin(one: Any) -> Any:
    names: dict[str, Any] = {
        "__annotations__": {told.name: told.type for told in fields(one)},
        "__module__": one.__module__,
    }
    for told in fields(one):
        given: dict[str, Any] = {"init": told.init, "kw_only": told.kw_only}
        if told.default is not MISSING:
            given["default"] = told.default
        if told.default_factory is not MISSING:
            given["default_factory"] = told.default_factory
        names[told.name] = field(**given)
    if hasattr(one, "__post_init__"):
        names["__post_init__"] = one.__post_init__
    return dataclass(slots=True)(type(one.__name__, (), names))
