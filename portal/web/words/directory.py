"""Refusals of changes to the directory in words: the kind, what happened, what to do next."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

Data = Mapping[str, str]
Worded = tuple[str, str, str]


def _changed_meanwhile(data: Data) -> Worded:
    who = data.get("by") or _("somebody else")
    text = _("It was %(who)s. Nothing of yours was saved: compare and save again.", who=who)
    return "due", _("Somebody else has just changed this"), text


def _unit_not_empty(data: Data) -> Worded:
    text = _(
        "In it: units: %(units)s, people: %(people)s, assigned policies: %(policies)s. Move them away first.",
        units=data.get("units", "0"),
        people=data.get("people", "0"),
        policies=data.get("policies") or "—",
    )
    return "problem", _("The unit is not empty"), text


def _group_in_use(data: Data) -> Worded:
    text = _("Policies are assigned to it: %(policies)s. Change the assignments first.", policies=data["policies"])
    return "problem", _("The group is in use"), text


def _person_holds_devices(data: Data) -> Worded:
    text = _("Devices in his hands: %(number)s. Take them back or give them to somebody else first.", **_number(data))
    return "problem", _("Somebody who holds devices is not deleted"), text


def _person_in_use(_data: Data) -> Worded:
    text = _("An account of the portal belongs to this person. Remove it first, or deactivate the person.")
    return "problem", _("The person is still needed"), text


def _whole_directory_only(_data: Data) -> Worded:
    text = _("Groups belong to the whole directory; your account is limited to some units.")
    return "problem", _("You may not do this"), text


def _import_gone(_data: Data) -> Worded:
    text = _("It was kept for an hour, or it has been imported already. Nothing was changed. Choose the file again.")
    return "due", _("This file is not kept any more"), text


def _number(data: Data) -> dict[str, str]:
    return {"number": data.get("devices", "0")}


REFUSALS: Final[Mapping[str, Callable[[Data], Worded]]] = {
    "changed_meanwhile": _changed_meanwhile,
    "group_in_use": _group_in_use,
    "import": _import_gone,
    "person_holds_devices": _person_holds_devices,
    "person_in_use": _person_in_use,
    "unit_not_empty": _unit_not_empty,
    "whole_directory_only": _whole_directory_only,
}

#: Messages beside a field.
FIELDS: Final = {
    "bad_login": _l("A login holds no spaces, quotes or slashes"),
    "bad_mail": _l("This is not an address such as name@example.org"),
    "control_character": _l("There is a character in it that cannot be kept"),
    "himself": _l("Nobody is his own manager"),
    "inside_itself": _l("A unit cannot lie inside itself"),
    "not_yours": _l("This unit does not exist or is not yours"),
    "several_people": _l("Several people are called so: enter the login"),
    "taken": _l("This is taken already"),
    "too_deep": _l("This would lie too deep"),
    "unknown_person": _l("There is no such person"),
}
