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


def _group_followed(data: Data) -> Worded:
    text = _("Who is in it is told by the directory “%(directory)s”. Change it there.", directory=data["directory"])
    return "problem", _("The group follows a directory outside"), text


def _person_followed(data: Data) -> Worded:
    text = _(
        "Whether somebody works here is told by the directory “%(directory)s”. Change it there.",
        directory=data["directory"],
    )
    return "problem", _("The person follows a directory outside"), text


def _person_has_workstations(data: Data) -> Worded:
    text = _(
        "Workstations and open codes of his: %(number)s. Bind them to somebody else or shut them out first.",
        **_number(data),
    )
    return "problem", _("Somebody whose workstations are at work is not deleted"), text


def _person_holds_devices(data: Data) -> Worded:
    text = _("Devices in his hands: %(number)s. Take them back or give them to somebody else first.", **_number(data))
    return "problem", _("Somebody who holds devices is not deleted"), text


def _person_in_use(_data: Data) -> Worded:
    text = _("An account of the portal belongs to this person. Remove it first, or deactivate the person.")
    return "problem", _("The person is still needed"), text


def _whole_directory_only(_data: Data) -> Worded:
    text = _(
        "Groups belong to the whole directory; your account is limited to some units. Nothing was changed. "
        "Ask an administrator who sees everything."
    )
    return "problem", _("You may not do this"), text


def _import_gone(_data: Data) -> Worded:
    text = _("It was kept for an hour. Nothing was changed. Choose the file again.")
    return "due", _("This file is not kept any more"), text


def _import_changed(_data: Data) -> Worded:
    text = _("Nothing was imported. Below is what the file would do now: look at it and confirm again.")
    return "due", _("The directory has changed since you looked"), text


def _import_moved(_data: Data) -> Worded:
    text = _("Below is how it is now. What you asked for just now was not done.")
    return "due", _("Something has happened to this file meanwhile"), text


def _import_broke(_data: Data) -> Worded:
    text = _(
        "Nothing was imported: all or nothing. Check the file again; if this happens again, tell the administrator, "
        "the reason is in the log of the workers."
    )
    return "problem", _("The import was tried several times and broke off each time"), text


def _import_wrong(data: Data) -> Worded:
    text = _("Nothing was imported. Correct the file, or leave out the wrong lines: %(lines)s.", lines=data["lines"])
    return "problem", _("There are mistakes in the file"), text


def _number(data: Data) -> dict[str, str]:
    return {"number": data.get("devices", "0")}


REFUSALS: Final[Mapping[str, Callable[[Data], Worded]]] = {
    "changed_meanwhile": _changed_meanwhile,
    "group_in_use": _group_in_use,
    "group_followed": _group_followed,
    "import": _import_gone,
    "import_broke": _import_broke,
    "import_changed": _import_changed,
    "import_moved": _import_moved,
    "import_wrong": _import_wrong,
    "person_followed": _person_followed,
    "person_has_workstations": _person_has_workstations,
    "person_holds_devices": _person_holds_devices,
    "person_in_use": _person_in_use,
    "unit_not_empty": _unit_not_empty,
    "whole_directory_only": _whole_directory_only,
}


def in_line(code: str, line: int = 0) -> str:
    """What is wrong with a file, and where."""
    said = str(FIELDS.get(code, code))
    return _("%(fault)s (line %(line)s)", fault=said, line=line) if line else said


#: Messages beside a field.
FIELDS: Final = {
    "appeared": _l("Somebody else has added this person meanwhile"),
    "bad_characters": _l("There is a character in it that cannot be kept"),
    "bad_login": _l("A login holds no spaces, quotes or slashes"),
    "bad_mail": _l("This is not an address such as name@example.org"),
    "bad_quotes": _l("The quotes in the file do not match"),
    "changed_since": _l("Somebody else has changed this person meanwhile"),
    "control_character": _l("There is a character in it that cannot be kept"),
    "disappeared": _l("Somebody else has deleted this person meanwhile"),
    "owned_by_directory": _l("A directory outside tells this: change it there"),
    "empty_file": _l("There is nobody in this file"),
    "himself": _l("Nobody is his own manager"),
    "inside_itself": _l("A unit cannot lie inside itself"),
    "no_columns": _l("This is no table: separate its columns with a semicolon, a comma or a tab"),
    "no_file": _l("Choose a file"),
    "no_login_column": _l("No column is the login: say below which one it is"),
    "not_text": _l("This is no text in UTF-8 or Windows-1251: save the table as CSV"),
    "not_yes_or_no": _l("Write yes or no"),
    "not_yours": _l("This unit does not exist or is not yours"),
    "login_repeated": _l("This login stands in the file twice"),
    "right_now": _l("Nothing is wrong with this line any more"),
    "several_people": _l("Several people are called so: enter the login"),
    "taken": _l("This is taken already"),
    "too_many_cells": _l("There are more values in this line than columns"),
    "too_many_rows": _l("At most 20,000 people are imported at a time: split the file"),
    "too_deep": _l("This would lie too deep"),
    "unknown_person": _l("There is no such person"),
}
