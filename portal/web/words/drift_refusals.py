"""What the reconciliation refuses, in words."""

from collections.abc import Callable, Mapping
from typing import Final

from portal.web.translate import gettext as _


def _changed(_data: Mapping[str, str]) -> tuple[str, str, str]:
    text = _("Nothing was changed. Open the finding again to see how it is now.")
    return "due", _("It is otherwise by now"), text


def _running(_data: Mapping[str, str]) -> tuple[str, str, str]:
    return "due", _("A reconciliation is under way"), _("Its findings appear in the list as they are made.")


REFUSALS: Final[Mapping[str, Callable[[Mapping[str, str]], tuple[str, str, str]]]] = {
    "drift_changed": _changed,
    "drift_decided": _changed,
    "reconciliation_running": _running,
}
