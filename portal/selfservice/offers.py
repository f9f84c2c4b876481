"""What else a holder may do with his device now: what its state, its policy and his account allow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from portal.db.queries.device_life import LifeRow
from portal.domain.device_life import Allowed, Operation, decide
from portal.domain.permissions import Permission
from portal.domain.policy import SelfServiceRules
from portal.web.sides import may, side_url
from portal.web.translate import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Offer:
    """A way to a page of its own."""

    label: str
    href: str
    icon: str
    main: bool = False  # what one looks for in this state


#: Operation, its permission, its page, its switch in the policy, its words and sign.
_OFFERS: Final = (
    (Operation.CHANGE_PIN, Permission.SELF_PIN_CHANGE, "pin_change", "change_pin", _l("Change the PIN"), "key"),
    (Operation.ENABLE, Permission.SELF_DEVICES_SUSPEND, "suspension", "suspend", _l("Switch it on"), "play"),
    (Operation.DISABLE, Permission.SELF_DEVICES_SUSPEND, "suspension", "suspend", _l("Switch it off"), "off"),
    (
        *(Operation.REVOKE, Permission.SELF_DEVICES_REVOKE, "report", "revoke"),
        *(_l("Lost, broken or in wrong hands"), "problem"),
    ),
)


def offers(life: LifeRow, rules: SelfServiceRules, login: str) -> tuple[Offer, ...]:
    """The ways in the order they are needed; what is not allowed now is not offered."""
    return tuple(_allowed(life, rules, login))


def _allowed(life: LifeRow, rules: SelfServiceRules, login: str) -> Iterator[Offer]:
    for operation, permission, page, switch, label, icon in _OFFERS:
        if operation is Operation.ENABLE and life.disabled_by != login:
            continue  # an administrator switched it off, and had his reasons
        if may(permission) and getattr(rules, switch) and isinstance(decide(operation, life.standing), Allowed):
            yield Offer(str(label), side_url(page, device_id=life.device), icon, operation is Operation.ENABLE)
