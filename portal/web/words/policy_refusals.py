"""Refusals about policies in words: the kind, what happened, what to do next; and what stands beside fields."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import dated

Data = Mapping[str, str]
Worded = tuple[str, str, str]


def _who(data: Data) -> dict[str, str]:
    at = data.get("at", "")
    return {"who": data.get("who") or _("somebody else"), "when": dated(datetime.fromisoformat(at)) if at else "—"}


def _draft_changed(data: Data) -> Worded:
    text = _("It was %(who)s, %(when)s. Nothing of yours was saved: open the draft again to see it.", **_who(data))
    return "due", _("Somebody else has changed the draft"), text


def draft_changed_below(data: Data) -> Worded:
    """The same over the form, where everything that was typed still stands."""
    text = _(
        "It was %(who)s, %(when)s. What you typed stands below and is not saved: compare it with the draft, "
        "then save it again.",
        **_who(data),
    )
    return "due", _("Somebody else has changed the draft"), text


def _draft_discarded(data: Data) -> Worded:
    text = _(
        "It was %(who)s, %(when)s. The published policy is as it was; begin a new draft to change it.", **_who(data)
    )
    return "due", _("The draft was discarded"), text


def _draft_published(data: Data) -> Worded:
    text = _(
        "It was %(who)s, %(when)s: version %(version)s of “%(name)s”. Nothing of yours was saved: begin a new draft.",
        version=data.get("version", ""),
        name=data.get("name", ""),
        **_who(data),
    )
    return "due", _("The draft has already been published"), text


def _overtaken(data: Data) -> Worded:
    text = _(
        "Version %(version)s of “%(name)s” was published by %(who)s, %(when)s. Your draft is based on version "
        "%(based_on)s and was not published: look at the difference and carry your changes over.",
        version=data.get("version", ""),
        name=data.get("name", ""),
        based_on=data.get("based_on", ""),
        **_who(data),
    )
    return "due", _("Somebody has published meanwhile"), text


def _withdrawn(data: Data) -> Worded:
    text = _("Nothing was changed. Bring “%(name)s” back into use first.", name=data.get("name", ""))
    return "due", _("The policy is withdrawn"), text


def _assigned(data: Data) -> Worded:
    places = "; ".join(place or _("the whole directory") for place in data.get("places", "").split("; "))
    text = _(
        "Assignments: %(count)s (%(places)s). Nothing was changed. Remove them, or choose another policy in them.",
        count=data.get("count", ""),
        places=places,
    )
    return "problem", _("“%(name)s” is assigned", name=data.get("name", "")), text


def _in_use(data: Data) -> Worded:
    used = ", ".join(str(USERS[word]) for word in data.get("by", "").split(",") if word in USERS)
    text = _(
        "It is remembered by: %(used)s. Nothing was changed. A withdrawn policy may stay: it can be given to nobody.",
        used=used,
    )
    return "problem", _("“%(name)s” cannot be deleted", name=data.get("name", "")), text


USERS: Final = {
    "devices": _l("devices it acts or acted for"),
    "updates": _l("updates carried out under it"),
    "accounts": _l("accounts that see its devices only"),
}

REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "draft_changed": _draft_changed,
    "draft_discarded": _draft_discarded,
    "draft_published": _draft_published,
    "policy_overtaken": _overtaken,
    "policy_withdrawn": _withdrawn,
    "policy_assigned": _assigned,
    "policy_in_use": _in_use,
}

FIELDS: Final = {
    "alternative_needed": _l("This kind of certificate is useless without an alternative name the CA asks for: add it"),
    "bad_characters": _l("There are characters here that cannot be seen: type the text again"),
    "bad_pattern": _l("A brace is left open: an attribute is written like {surname}"),
    "ca_template_unknown": _l("The authority does not issue this any more: choose another template"),
    "common_gone": _l("This common certificate does not exist any more: take it out"),
    "common_replaced": _l("This common certificate was replaced: save the section to take the new one"),
    "draft_same": _l("The draft says the same as the published version: there is nothing to publish"),
    "draft_unfinished": _l("Some settings have to be mended first"),
    "escrow_not_offered": _l("This authority keeps no copies of keys"),
    "escrow_purpose": _l("A copy is kept of encryption keys only"),
    "name_part_repeated": _l("This part may stand in the name only once"),
    "name_part_unknown": _l("There is no such part of a name"),
    "name_taken": _l("Another policy has this name"),
    "needs_tracking": _l("Switch the search for foreign certificates on first"),
    "devices_range": _l("Enter a whole number from 0 to 1000"),
    "pin_out_of_range": _l("Enter a whole number from 4 to 64"),
    "no_exchange": _l("No connection to СМЭВ is set up yet: nobody would ever answer, so that nothing would be issued"),
    "no_registers": _l("Choose at least one register that must confirm, or switch the check off"),
    "validity_range": _l("Enter a whole number of days from 1 to 366"),
    "pin_range": _l("The longest PIN is shorter than the shortest"),
    "policy_empty": _l("Nothing is chosen: add a template, a common certificate, tracking or a connector"),
    "purpose_differs": _l("The authority issues this template for another purpose"),
    "repeated": _l("This stands here twice: give each its own name"),
    "task_days_range": _l("Enter a whole number of days from 1 to 90"),
    "resend_range": _l("Enter a whole number of days from 1 to 90"),
    "subject_empty": _l("A certificate needs at least one line of its subject"),
    "template_repeated": _l("Another template of this policy issues the same"),
    "unknown_attribute": _l("There is no such attribute of a person"),
    "window_range": _l("Enter a whole number of days from 1 to 3650"),
    "window_too_long": _l("Longer than the certificate lives: it would be due for renewal at once"),
}
