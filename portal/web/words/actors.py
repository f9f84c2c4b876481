"""Who did something, where it was no person: parts of the portal and systems outside, by their names for people."""

import re
from typing import Final

from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

PARTS: Final = {
    "courier": _l("portal: letters"),
    "demo": _l("portal: demonstration"),
    "directory": _l("portal: directory"),
    "identity": _l("portal: identity checks"),
    "policy": _l("portal: by the policy"),
    "reconciliation": _l("portal: reconciliation"),
    "sweeper": _l("portal: by schedule"),
    "worker": _l("portal: worker"),
}
_DIRECTORY: Final = "directory:"
_AGENT: Final = "agent:"
_CONSOLE: Final = "cli:"
#: Who carried a run forward: a machine and the number of a process there.
_WORKER: Final = re.compile(r"[\w.\-]+:\d+", re.ASCII)


def actor_name(actor: str) -> str:
    """The login of a person stays as it is."""
    if actor.startswith(_DIRECTORY):
        return _("directory %(name)s", name=actor.removeprefix(_DIRECTORY))
    if actor.startswith(_AGENT):
        return _("workstation %(name)s", name=actor.removeprefix(_AGENT))
    if actor.startswith(_CONSOLE):
        return _("command line: %(name)s", name=actor.removeprefix(_CONSOLE))
    if _WORKER.fullmatch(actor):
        return _("portal: worker %(name)s", name=actor)
    return str(PARTS.get(actor, actor))


def actor_meant(typed: str) -> str:
    """What is written of the one who was typed: by his login, or by the name people read."""
    for known, told in PARTS.items():
        if typed == str(told):
            return known
    prefixes = (
        (_DIRECTORY, _("directory %(name)s", name="")),
        (_AGENT, _("workstation %(name)s", name="")),
        (_CONSOLE, _("command line: %(name)s", name="")),
        ("", _("portal: worker %(name)s", name="")),
    )
    for prefix, told in prefixes:
        if typed.startswith(told):
            return prefix + typed.removeprefix(told)
    return typed
