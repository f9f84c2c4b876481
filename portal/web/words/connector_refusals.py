"""Refusals about connectors in words, and what stands beside their fields."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

Data = Mapping[str, str]
Worded = tuple[str, str, str]

USES: Final = {
    "policy": _l("policies"),
    "draft": _l("drafts of policies"),
    "update": _l("updates under way"),
    "order": _l("orders that were not carried out yet"),
    "certificates": _l("certificates that may still have to be revoked"),
    "devices": _l("devices it knows, which would have to be withdrawn there"),
}


def _changed(data: Data) -> Worded:
    who = data.get("by") or _("somebody else")
    text = _("It was %(who)s. Nothing of yours was saved: open the connector again.", who=who)
    return "due", _("Somebody else has changed the connector"), text


def _in_use(data: Data) -> Worded:
    used = ", ".join(str(USES[word]) for word in data.get("by", "").split(",") if word in USES)
    text = _("It is needed by: %(used)s. Pause it instead; nothing was changed.", used=used)
    return "problem", _("“%(name)s” cannot be removed", name=data.get("name", "")), text


def _sealed(_data: Data) -> Worded:
    text = _("They were sealed with another master key. Open the connector and type its secrets again.")
    return "problem", _("The secrets of the connector cannot be opened"), text


def _misset(data: Data) -> Worded:
    text = _("Open “%(name)s” among the connectors, mend what is marked and save it.", name=data.get("connector", ""))
    return "problem", _("The settings of the connector are not complete"), text


REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "connector_changed": _changed,
    "connector_in_use": _in_use,
    "connector_sealed": _sealed,
    "connector_misset": _misset,
}

FIELDS: Final = {
    "secret_elsewhere": _l("The address is another one: type this again, it is told to nobody it was not typed for"),
    "bad_certificates": _l(
        "Certificates in PEM are needed: from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
    ),
    "bad_private_key": _l("One private key in PEM is needed, not protected by a password"),
    "bad_server_address": _l("This is not an address of this kind; name and password have fields of their own"),
    "bad_folder": _l("The path of a folder on this server begins with a slash and holds no two dots"),
    "same_folder": _l("Requests and answers need folders of their own"),
    "bad_guid": _l("A GUID is needed: 8-4-4-4-12 hexadecimal digits"),
    "bad_header": _l("Latin letters, digits and dashes"),
    "bad_method_path": _l("A path below the address: Latin letters, digits, dots, dashes, slashes between"),
    "bad_windows_domain": _l("The name of a Windows domain: Latin letters, digits, dots and dashes"),
    "register_kind_taken": _l("A register of this kind is connected already: change that connector instead"),
    "bad_serial": _l("A serial number in hexadecimal is needed"),
    "bad_filter": _l("A filter stands in parentheses, as many opened as closed"),
    "openid_missing": _l("“openid” has to be among them"),
    "nobody_signs_in": _l("Somebody has to come in this way: employees, others, or both"),
    "bad_pairs": _l("A line is: ours = theirs"),
    "attributes_missing": _l("Login, surname and given name cannot be left out"),
    "bad_profile": _l("A line is: name; purpose (sign, authenticate or encrypt); days"),
    "repeated_profile": _l("This name stands here twice"),
    "bad_connector_name": _l("Small Latin letters, digits, dots, dashes and underscores, 40 at most"),
    "connector_name_taken": _l("Another connector has this name"),
}
