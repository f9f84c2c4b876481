"""Refusals about assignments and common certificates in words, and what stands beside their fields."""

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


def _changed(data: Data) -> Worded:
    text = _("It was %(who)s, %(when)s. Nothing of yours was saved: open it again to see how it is now.", **_who(data))
    return "due", _("Somebody else has changed the assignment"), text


def _removed(data: Data) -> Worded:
    text = _(
        "It was %(who)s, %(when)s. Nothing of yours was saved: assign the policy anew if it is still needed.",
        **_who(data),
    )
    return "due", _("The assignment was removed"), text


def _common_in_use(data: Data) -> Worded:
    text = _(
        "Policies that carry it: %(policies)s. Devices that have it: %(devices)s. Take it out of the policies and let "
        "the devices be updated first; nothing was changed.",
        policies=data.get("policies") or "—",
        devices=data.get("devices", "0"),
    )
    return "problem", _("“%(name)s” is in use", name=data.get("name", "")), text


def _common_overtaken(data: Data) -> Worded:
    text = _(
        "Version %(version)s came meanwhile. Nothing of yours was kept: look at it, and replace it again if you must.",
        version=data.get("version", ""),
    )
    return "due", _("Somebody else has replaced the certificate"), text


REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "assignment_changed": _changed,
    "assignment_removed": _removed,
    "common_in_use": _common_in_use,
    "common_overtaken": _common_overtaken,
}

FIELDS: Final = {
    "assignment_repeated": _l("This policy is assigned to this very place already: change that assignment"),
    "policy_withdrawn": _l("The policy is withdrawn: bring it back into use first"),
    "unknown_unit": _l("This unit does not exist any more: choose another one"),
    "unknown_group": _l("One of the groups does not exist any more: choose again"),
    "pfx_missing": _l("Choose a file"),
    "pfx_unreadable": _l("This is not a PFX file (PKCS #12), or it is damaged"),
    "pfx_wrong_password": _l("The password does not open this file"),
    "pfx_no_key": _l("The file holds no private key: export the certificate together with its key"),
    "pfx_no_certificate": _l("The file holds no certificate that belongs to its private key"),
    "pfx_several_certificates": _l("The file holds several certificates for its key: export the one that is meant"),
    "pfx_unusable_key": _l("Keys of this kind are not written to tokens: RSA and elliptic curves P-256, P-384 are"),
    "pfx_weak_key": _l("The key is too weak: RSA needs 2048 bits at least"),
    "pfx_expired": _l("The certificate has expired"),
    "pfx_not_yet": _l("The certificate is not valid yet"),
    "pfx_too_large": _l("The file is larger than a PFX ever is: 256 KB at most"),
    "common_same": _l("This very certificate is there already"),
    "common_name_taken": _l("There is a common certificate of this name: open it to replace it"),
}
