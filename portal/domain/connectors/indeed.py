"""Indeed Access Manager: the devices of a person are his way to sign in there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from portal.domain.connector_fields import Field, FieldKind, complete
from portal.domain.errors import InvalidInput

#: What each method does, and where it is unless an administrator knows better.
METHODS: Final[Mapping[str, str]] = {
    "open_session": "api/v6/logon/openSession",
    "find_user": "api/v6/user/searchUserId",
    "look": "api/v6/authenticator/search",
    "register": "api/v6/authenticator/register",
    "disable": "api/v6/authenticator/disable",
    "enable": "api/v6/authenticator/enable",
    "delete": "api/v6/authenticator/delete",
}
#: What a server may have or not: a method that changes a device where it stands. It has no path until one is told.
UPDATE: Final = "update"
INDEED_FIELDS: Final = (
    Field("address", FieldKind.ADDRESS),
    Field("account"),
    Field("password", FieldKind.SECRET),
    Field("user_prefix"),
    Field("mode_id"),
    Field("server_trusted", FieldKind.CERTIFICATE, required=False),
    Field("token_header", default="X-Session-Token"),
    *(Field(f"path_{name}", default=path) for name, path in METHODS.items()),
    Field(f"path_{UPDATE}", required=False),
)
_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATH: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,99}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9.-]{1,100}")


@dataclass(frozen=True, slots=True)
class IndeedSettings:
    """``address`` ends with ``/am/core``; ``methods`` are the paths below it by what they do, empty for none.

    A person is ``user_prefix``, an underscore and the objectGUID; ``mode_id`` is the method «Смарт-карта или USB-ключ +
    PIN»; ``token_header`` bears what a session was opened with.
    """

    address: str
    account: str
    password: str = field(repr=False)
    user_prefix: str
    mode_id: str
    server_trusted: str
    token_header: str
    methods: Mapping[str, str]


def indeed_settings(values: Mapping[str, str]) -> IndeedSettings:
    """The settings of what was typed; raises InvalidInput by field."""
    typed = complete(INDEED_FIELDS, values)
    typed["mode_id"] = typed["mode_id"].strip("{}").lower()
    methods = {name: typed[f"path_{name}"].strip("/") for name in (*METHODS, UPDATE)}
    given = {name: path for name, path in methods.items() if path or name != UPDATE}
    wrong = {f"path_{name}": "bad_method_path" for name, path in given.items() if not _PATH.fullmatch(path)}
    shapes = (
        ("mode_id", _GUID, "bad_guid"),
        ("token_header", _HEADER, "bad_header"),
        ("user_prefix", _PREFIX, "invalid"),
    )
    wrong |= {name: code for name, shape, code in shapes if not shape.fullmatch(typed[name])}
    if wrong:
        raise InvalidInput(wrong)
    return IndeedSettings(
        address=typed["address"].rstrip("/"),
        account=typed["account"],
        password=typed["password"],
        user_prefix=typed["user_prefix"],
        mode_id=typed["mode_id"],
        server_trusted=typed["server_trusted"],
        token_header=typed["token_header"],
        methods=methods,
    )
