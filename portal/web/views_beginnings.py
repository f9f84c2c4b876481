"""How to begin, for whoever opens a portal that has never updated a device."""

from typing import Final, NamedTuple

from flask import url_for
from flask_babel import LazyString

from portal.db.queries.beginnings import Beginnings
from portal.domain.permissions import Permission
from portal.web.pages import address
from portal.web.sides import may
from portal.web.translate import lazy_gettext as _l


class BeginningLine(NamedTuple):
    """One thing to do first; ``href`` is empty for whoever may not do it."""

    title: str
    hint: str
    done: bool
    href: str
    label: str


class _Step(NamedTuple):
    title: LazyString
    hint: LazyString
    label: LazyString
    endpoint: str
    permission: Permission


_PREPARED: Final = {
    "people": _Step(
        _l("People"),
        _l("From a file, or from a directory: LDAP or Active Directory is connected under “Connectors”."),
        _l("From a file"),
        "admin.import_people",
        Permission.PEOPLE_IMPORT,
    ),
    "policies": _Step(
        _l("A policy"),
        _l("It says which certificates are on a device and what its holder may do."),
        _l("To the policies"),
        "admin.policies",
        Permission.POLICIES_READ,
    ),
    "assignments": _Step(
        _l("Its assignment"),
        _l("The policy acts for a unit or for groups."),
        _l("To the assignments"),
        "admin.assignments",
        Permission.POLICIES_READ,
    ),
    "devices": _Step(
        _l("Devices"),
        _l("A token is added by its serial number and assigned to a person."),
        _l("To the devices"),
        "admin.devices",
        Permission.DEVICES_READ,
    ),
}
_UPDATE: Final = _Step(
    _l("The first update"),
    _l("Find the owner of a token by name in the search above, open the device and press “Update”."),
    _l("Which devices need one"),
    "admin.devices",
    Permission.DEVICES_READ,
)


def beginning_lines(found: Beginnings) -> tuple[BeginningLine, ...]:
    """What an update needs, in the order it is set up, and the update itself last; what is all there needs no words."""
    prepared = [_line(step, url_for(step.endpoint), done=getattr(found, name)) for name, step in _PREPARED.items()]
    left = () if all(line.done for line in prepared) else prepared
    return (*left, _line(_UPDATE, address(_UPDATE.endpoint, {"reason": "any"}), done=False))


def _line(step: _Step, href: str, *, done: bool) -> BeginningLine:
    allowed = href if may(step.permission) else ""
    return BeginningLine(str(step.title), str(step.hint), done, allowed, str(step.label))
