"""Errors by kind; they carry data, and words are made at the edge."""

from collections.abc import Mapping
from datetime import datetime


class PortalError(Exception):
    """Any refusal the product makes on purpose."""

    def __init__(self, code: str, **data: str) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


class InvalidInput(PortalError):  # noqa: N818 - kinds are named after what happened
    """Input that cannot be used; ``fields`` maps a field name to a message code."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("invalid_input")
        self.fields = dict(fields)


class NotFound(PortalError):  # noqa: N818
    """What was looked for does not exist, or the caller may not see it."""


class Forbidden(PortalError):  # noqa: N818
    """The caller lacks a permission; ``data['permission']`` names it."""


class Conflict(PortalError):  # noqa: N818
    """Somebody else came first; ``data`` says who or what."""


class PolicyForbids(PortalError):  # noqa: N818
    """A rule of the device usage policy, or the lack of one, forbids it."""


class OutsideUnavailable(PortalError):  # noqa: N818
    """A system outside did not answer; ``permanent`` is False when we try again at ``retry_at``."""

    def __init__(self, code: str, *, permanent: bool = False, retry_at: datetime | None = None, **data: str) -> None:
        super().__init__(code, **data)
        self.permanent = permanent
        self.retry_at = retry_at
