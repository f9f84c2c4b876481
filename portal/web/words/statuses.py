"""Systems that do not answer, and what the web layer itself refuses, in words: what happened, and what to do next."""

from typing import Final

from portal.web.translate import lazy_gettext as _l

#: Which system it was.
SYSTEMS: Final = {
    "ca_unavailable": _l("The certification authority does not answer"),
    "mail_unavailable": _l("The mail server does not answer"),
    "redis_unavailable": _l("The queue server does not answer"),
}

STATUSES: Final = {
    400: (_l("The request cannot be understood"), _l("Nothing was changed. Reload the page and try again.")),
    404: (
        _l("There is no such page"),
        _l("The address may be mistyped. Look for the person or the device with the search box."),
    ),
    405: (
        _l("There is nothing to look at under this address"),
        _l("It belongs to a button, so it does not open from a bookmark or the history. Nothing was changed."),
    ),
    413: (_l("Too much was sent"), _l("Nothing was changed. Send a smaller file or a shorter text.")),
    429: (_l("Too many requests"), _l("Nothing was changed. Wait a minute and try again.")),
    503: (_l("The server is busy"), _l("Nothing was changed. Try again in a minute.")),
}
