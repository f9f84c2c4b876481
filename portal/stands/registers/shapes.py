"""Whether a document is just what the contract says, member by member; nothing else may travel in it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Fault = tuple[str, str]
_Check = Callable[[Any], str]
_TIME: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ")
_MANY: Final = 200


def _text(most: int, least: int = 0) -> _Check:
    def check(value: Any) -> str:
        if not isinstance(value, str) or not value.isprintable():
            return "a text is needed"
        return "" if least <= len(value) <= most else f"{least} to {most} characters are needed"

    return check


def _shaped(shape: re.Pattern[str], told: str) -> _Check:
    return lambda value: "" if isinstance(value, str) and shape.fullmatch(value) else told


_OWNER: Final[Mapping[str, _Check]] = {
    "login": _text(300, 1),
    "display_name": _text(300),
    "directory_id": _text(100),
}
_CERTIFICATE: Final[Mapping[str, _Check]] = {
    "serial": _shaped(re.compile(r"[0-9a-f]{1,40}"), "lower case hex is needed"),
    "thumbprint": _shaped(re.compile(r"[0-9a-f]{64}"), "SHA-256 in lower case hex is needed"),
    "not_after": _shaped(_TIME, "UTC as 2027-01-31T09:30:00Z is needed"),
    "subject": _text(2000),
}
_DEVICE: Final[Mapping[str, _Check]] = {
    "serial": _text(100, 1),
    "model": _text(100),
    "profile": _text(50, 1),
    "state": _shaped(re.compile("active|disabled"), "active or disabled is needed"),
}


def faults(document: Any) -> list[Fault]:
    """Everything that is wrong, each with a JSON pointer."""
    return list(_device(document))


def _device(document: Any) -> Iterator[Fault]:
    if not isinstance(document, dict):
        yield "", "an object is needed"
        return
    yield from _members(document, {**_DEVICE, "owner": _anything, "certificates": _anything}, "")
    if "owner" in document:
        yield from _members(document["owner"], _OWNER, "/owner")
    certificates = document.get("certificates", [])
    if not isinstance(certificates, list) or len(certificates) > _MANY:
        yield "/certificates", f"a list of {_MANY} at most is needed"
        return
    for number, one in enumerate(certificates):
        yield from _members(one, _CERTIFICATE, f"/certificates/{number}")


def _members(value: Any, checks: Mapping[str, _Check], where: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield where, "an object is needed"
        return
    for name in sorted({*value} - {*checks}):
        yield f"{where}/{name}", "nothing of this name may be here"
    for name, check in checks.items():
        fault = check(value[name]) if name in value else "is missing"
        if fault:
            yield f"{where}/{name}", fault


def _anything(_value: Any) -> str:
    return ""
