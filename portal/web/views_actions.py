"""What may be done with a device, as buttons: out of the same table the services obey."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from flask import request

from portal.domain.device_life import Denial, Operation, Standing, decide
from portal.domain.permissions import Permission
from portal.web.addresses import numbered
from portal.web.current import visitor
from portal.web.translate import tongue
from portal.web.words.device_life import denial_text, operation_label


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One button of the menu; with ``why`` it is not possible now."""

    id: str
    label: str
    href: str
    icon: str
    why: str = ""


#: The operation's name, its label, its address for a device, its sign, and why not.
_Entry: TypeAlias = tuple[str, str, Callable[[int], str], str, str]

#: Operation, permission, page, sign; in the order of the menu.
_MENU: Final = (
    (Operation.ASSIGN, Permission.DEVICES_ASSIGN, "admin.assignment", "person"),
    (Operation.CHANGE_PIN, Permission.DEVICES_CHANGE_PIN, "admin.pin_change", "key"),
    (Operation.RESET_PIN, Permission.DEVICES_RESET_PIN, "admin.pin_reset", "lock"),
    (Operation.DISABLE, Permission.DEVICES_SUSPEND, "admin.suspension", "off"),
    (Operation.ENABLE, Permission.DEVICES_SUSPEND, "admin.activation", "play"),
    (Operation.REPLACE, Permission.DEVICES_REPLACE, "admin.replacement", "import"),
    (Operation.CLEAN, Permission.DEVICES_CLEAN, "admin.cleaning", "delete"),
    (Operation.REVOKE, Permission.DEVICES_REVOKE, "admin.revocation", "stop"),
    (Operation.UNASSIGN, Permission.DEVICES_ASSIGN, "admin.unassignment", "undo"),
    (Operation.WITHDRAW, Permission.DEVICES_WITHDRAW, "admin.withdrawal", "undo"),
    (Operation.EDIT, Permission.DEVICES_EDIT, "admin.device_editing", "edit"),
)
#: What nobody looks for in this state: the other half of a pair, or what is long done.
_OBVIOUS: Final = frozenset(
    {
        *((Operation.ASSIGN, denial) for denial in Denial),
        *((Operation.UNASSIGN, denial) for denial in Denial if denial not in {Denial.NOT_EMPTY, Denial.RUNNING}),
        *((Operation.WITHDRAW, denial) for denial in Denial if denial is not Denial.OWED),
        *((Operation.ENABLE, denial) for denial in Denial),
        (Operation.DISABLE, Denial.DISABLED),
        (Operation.DISABLE, Denial.REVOKED),
        (Operation.REVOKE, Denial.REVOKED),
        (Operation.CLEAN, Denial.EMPTY),
        (Operation.CLEAN, Denial.NOT_HELD),
        (Operation.REPLACE, Denial.NOT_ISSUED),
    }
)


def device_actions(device: int, standing: Standing) -> tuple[ActionLine, ...]:
    """The menu of a device for this visitor; what is not possible now says why."""
    menu = _menu(tongue().language, request.script_root, standing, visitor().session.permissions)
    return tuple(
        ActionLine(f"{name}-{device}", label, href(device), icon, why) for name, label, href, icon, why in menu
    )


@lru_cache(maxsize=500)
def _menu(_language: str, _root: str, standing: Standing, permissions: frozenset[Permission], /) -> tuple[_Entry, ...]:
    """Made once for a language, a root of addresses, a standing and the rights of a visitor."""
    return tuple(_entries(standing, permissions))


def _entries(standing: Standing, permissions: frozenset[Permission]) -> Iterator[_Entry]:
    for operation, permission, page, icon in _MENU:
        answer = decide(operation, standing)
        if permission not in permissions or (isinstance(answer, Denial) and (operation, answer) in _OBVIOUS):
            continue
        why = denial_text(answer) if isinstance(answer, Denial) else ""
        yield operation.value, operation_label(operation), numbered(page, "device_id"), icon, why
