"""Refusals about identity checks in words."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.web.translate import gettext as _

Data = Mapping[str, str]
Worded = tuple[str, str, str]


def _forgotten(_data: Data) -> Worded:
    text = _("The term of keeping them is over. Who asked, when, and the result stay.")
    return "due", _("The data of this check were deleted"), text


def _seal_broken(_data: Data) -> Worded:
    text = _("It was changed in the database, or the key of the portal is another one. Tell whoever looks after it.")
    return "problem", _("The message cannot be opened"), text


def _not_repeatable(_data: Data) -> Worded:
    text = _("Nothing was sent. Its answer may still come, a later check counts instead, or its data were deleted.")
    return "due", _("This register cannot be asked once more now"), text


def _not_set(_data: Data) -> Worded:
    text = _("Save its settings first. Nothing was sent.")
    return "due", _("The connection to СМЭВ is not set up"), text


REFUSALS: Final[dict[str, Callable[[Data], Worded]]] = {
    "exchange_not_set": _not_set,
    "identity_forgotten": _forgotten,
    "identity_seal_broken": _seal_broken,
    "identity_not_repeatable": _not_repeatable,
}
