"""A certification authority of django-ca, spoken to by its REST interface."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.domain.connector_fields import Field, FieldKind, complete
from portal.domain.connectors import authority as common
from portal.domain.errors import InvalidInput

_QUEUE: Final = "60"
DJANGO_CA_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    Field("ca_serial"),
    Field("user"),
    Field("password", FieldKind.SECRET),
    common.TRUSTED,
    common.SERVER_TRUSTED,
    common.POLL_MINUTES,
    Field("settle_seconds", FieldKind.NUMBER, default="10", least=0, most=25),
    # not required: connectors from before it was asked for have none
    Field("queue_minutes", FieldKind.NUMBER, required=False, default=_QUEUE, least=0, most=10080),
)
_SERIAL: Final = re.compile(r"[0-9A-F]{1,40}")


@dataclass(frozen=True, slots=True)
class DjangoCaSettings:
    """``address`` ends before ``/ca/SERIAL``; ``settle_seconds`` is how long an order may go unseen after it was taken.

    ``queue_minutes`` is how long its queue may hold one: so long it is not given again after the portal died with it.
    ``trusted`` holds the certificates an issued one must lead to, ``server_trusted`` those that vouch for the server.
    """

    address: str
    ca_serial: str
    user: str
    password: str = field(repr=False)
    trusted: str
    server_trusted: str
    poll_minutes: int
    settle_seconds: int
    queue_minutes: int


def django_ca_settings(values: Mapping[str, str]) -> DjangoCaSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(DJANGO_CA_FIELDS, values)
    serial = typed["ca_serial"].replace(":", "").upper().lstrip("0")
    if not _SERIAL.fullmatch(serial):
        raise InvalidInput({"ca_serial": "bad_serial"})
    return DjangoCaSettings(
        address=typed["address"].rstrip("/"),
        ca_serial=serial,
        user=typed["user"],
        password=typed["password"],
        trusted=typed["trusted"],
        server_trusted=typed["server_trusted"],
        poll_minutes=int(typed["poll_minutes"]),
        settle_seconds=int(typed["settle_seconds"]),
        queue_minutes=int(typed["queue_minutes"] or _QUEUE),
    )
