"""Refusals of self-service in words: which rule of which policy, and whom to ask."""

from collections.abc import Mapping
from typing import Final

from portal.domain.self_service import SelfServiceRule
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l

RULES: Final = {
    SelfServiceRule.UPDATE: _l("update a device"),
    SelfServiceRule.CHOOSE_OPTIONAL: _l("choose optional certificates"),
    SelfServiceRule.CHOOSE_TRACKED: _l("choose which certificates are watched"),
    SelfServiceRule.CHANGE_PIN: _l("change the PIN"),
    SelfServiceRule.SUSPEND: _l("switch a device off and on"),
    SelfServiceRule.REVOKE: _l("revoke a device"),
}


def kept_from_holders(data: Mapping[str, str]) -> tuple[str, str, str]:
    """The policy leaves this to administrators."""
    rule = RULES[SelfServiceRule(data["rule"])]
    text = _(
        "The policy “%(policy)s” does not let you %(rule)s by yourself. Nothing was changed: ask your administrator.",
        policy=data["policy"],
        rule=rule,
    )
    return "problem", _("Your policy leaves this to administrators"), text


def disabled_by_other(_data: Mapping[str, str]) -> tuple[str, str, str]:
    """Only who switched it off, or an administrator, switches it on."""
    text = _("An administrator switched it off. Nothing on it is lost: ask him to switch it on again.")
    return "problem", _("You may not switch this token on"), text


REFUSALS: Final = {"disabled_by_other": disabled_by_other, "self_service": kept_from_holders}
