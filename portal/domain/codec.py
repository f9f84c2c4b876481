"""Values as plain JSON and back, for what is stored and read again: plans, steps, findings, contents, policies.

Each value is wrapped as ``{"kind": …, "version": …, "value": …}``. A kind or version this code does not know is an
error of its own, never a guess. A field that is absent takes its default, so a new field with a default needs no new
version; any other change of shape does.
"""

from typing import Any, Final, TypeVar

from portal.domain.contents import TokenContents
from portal.domain.findings import Finding
from portal.domain.identity import IdentityClaim
from portal.domain.people_preview import Preview
from portal.domain.plain_json import CodecError, plain, reader
from portal.domain.plan_items import Choices, UpdatePlan
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.troubles import Why
from portal.domain.update_steps import Step

__all__ = ["VERSIONS", "CodecError", "Json", "UnknownKind", "from_json", "to_json"]

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


class UnknownKind(CodecError):  # noqa: N818 - it says what happened
    """It is of another kind, or of a version this code does not know."""


def to_json(value: object) -> Json:
    """The value as plain JSON with its kind and version."""
    kind = type(value)
    if kind not in VERSIONS:
        raise UnknownKind(kind.__name__)
    return {"kind": kind.__name__, "version": VERSIONS[kind], "value": plain(value)}


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
        value: Value = reader(annotation)(stored["value"])
    except (TypeError, ValueError, OverflowError) as problem:
        raise CodecError(f"{kind.__name__}: {problem}") from problem
    return value
