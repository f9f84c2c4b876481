"""What an update did, in the summary."""

from collections.abc import Callable
from typing import Final

from portal.domain.plan_items import Action, PlanItem
from portal.web.translate import gettext as _
from portal.web.words.names import register_name
from portal.web.words.plan import item_sentence, thing_named


def done_sentence(item: PlanItem) -> str:
    """What was done with this item."""
    return DONE.get(item.action, item_sentence)(item)


def _register(item: PlanItem) -> str:
    return register_name(item.register or item.name)


DONE: Final[dict[Action, Callable[[PlanItem], str]]] = {
    Action.ISSUE: lambda item: _("“%(name)s” was issued", name=item.name),
    Action.RENEW: lambda item: _("“%(name)s” was issued anew", name=item.name),
    Action.RENEW_SAME_KEY: lambda item: _("“%(name)s” was renewed with the same key", name=item.name),
    Action.RETAIN: lambda item: _("The old “%(name)s” was kept as history", name=item.name),
    Action.DELETE: lambda item: _("“%(name)s” was deleted", name=item.name),
    Action.WRITE_COMMON: lambda item: _("The common certificate “%(name)s” was written", name=item.name),
    Action.REPLACE_COMMON: lambda item: _("The common certificate “%(name)s” was replaced", name=item.name),
    Action.DELETE_COMMON: lambda item: _("The common certificate “%(name)s” was deleted", name=item.name),
    Action.CLEAN: lambda item: _("What an earlier update left behind was deleted: %(name)s", name=thing_named(item)),
    Action.APPLY_POLICY: lambda item: _("The policy “%(name)s” was applied", name=item.name),
    Action.REGISTER: lambda item: _("The device was registered in %(name)s", name=_register(item)),
    Action.INITIALIZE: lambda item: _("The token was initialised as “%(name)s”", name=item.name),
    Action.ERASE: lambda item: _("“%(name)s” was deleted", name=thing_named(item)),
    Action.CHANGE_PIN: lambda item: _("The user PIN of %(name)s was changed", name=item.name),
    Action.RESET_PIN: lambda item: _("A new user PIN was set on %(name)s", name=item.name),
    Action.WITHDRAW: lambda item: _("The device was withdrawn from %(name)s", name=_register(item)),
}
