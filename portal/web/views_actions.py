"""What may be done with a device, as buttons: out of the same table the services obey."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from flask import url_for

from portal.domain.device_life import Denial, Operation, Standing, decide
from portal.domain.permissions import Permission
from portal.web.sides import may
from portal.web.words.device_life import denial_text, operation_label


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One button of the menu; with ``why`` it is not possible now."""

    id: str
    label: str
    href: str
    icon: str
    why: str = ""


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
    return tuple(_lines(device, standing))


def _lines(device: int, standing: Standing) -> Iterator[ActionLine]:
    for operation, permission, page, icon in _MENU:
        answer = decide(operation, standing)
        if not may(permission) or (isinstance(answer, Denial) and (operation, answer) in _OBVIOUS):
            continue
        why = denial_text(answer) if isinstance(answer, Denial) else ""
        href = url_for(page, device_id=device)
        yield ActionLine(f"{operation.value}-{device}", operation_label(operation), href, icon, why)
