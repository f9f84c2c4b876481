"""What systems say of themselves when they cannot be reached, in the words of people."""

import re
from typing import Final

from portal.web.translate import lazy_gettext as _l

_NUMBER: Final = re.compile(r"^\[Errno -?\d+\] ")

SAYINGS: Final = {
    "connection refused": _l("nobody listens at this address"),
    "connection reset by peer": _l("the connection was broken off"),
    "name or service not known": _l("the name of the server is not known"),
    "temporary failure in name resolution": _l("the name of the server cannot be looked up now"),
    "network is unreachable": _l("the network cannot be reached"),
    "no route to host": _l("there is no way to this address"),
    "permission denied": _l("the account of the portal has no right to it"),
    "no such file or directory": _l("there is no such file or folder"),
    "timed out": _l("no answer in time"),
    "timeout": _l("no answer in time"),
}


def plain_words(detail: str) -> str:
    """A saying of the system's own in other words; what says more than that stays as it is."""
    return str(SAYINGS.get(_NUMBER.sub("", detail).rstrip(".").lower(), detail))
