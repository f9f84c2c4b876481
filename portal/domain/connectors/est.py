"""A certification authority that speaks EST (RFC 7030)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.domain.connector_fields import Field, FieldKind
from portal.domain.connectors import authority as common

EST_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    common.PROFILE_LINES,
    Field("user", required=False),
    Field("password", FieldKind.SECRET, required=False),
    common.CERTIFICATE,
    common.KEY,
    common.TRUSTED,
    common.SERVER_TRUSTED,
    common.REVOCATIONS,
    common.POLL_MINUTES,
)
#: A profile of this name is ordered without a label.
UNLABELLED: Final = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class EstSettings(common.ServerSettings):
    """``address`` is the server's, without the path that is well known; each profile is a label there.

    ``certificate`` and ``key`` are shown to the server, or ``user`` and ``password`` said, or both.
    """

    user: str
    password: str = field(repr=False)


def est_settings(values: Mapping[str, str]) -> EstSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed, told = common.typed_for_server(EST_FIELDS, values, "user", "password")
    return EstSettings(user=typed["user"], password=typed["password"], **told)
