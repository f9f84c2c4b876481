"""A device's life in words: what is done, what comes of it, and why it is not possible now."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from portal.db.models import OrderKind
from portal.domain.device_life import Denial, Operation, RevocationReason
from portal.domain.errors import PortalError
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.words.dates import dated
from portal.web.words.names import register_name

#: What the button of an operation says.
LABELS: Final = {
    Operation.ADD: _l("Add a device"),
    Operation.ASSIGN: _l("Assign"),
    Operation.UNASSIGN: _l("Take from the holder"),
    Operation.ISSUE: _l("Issue"),
    Operation.DISABLE: _l("Disable"),
    Operation.ENABLE: _l("Enable"),
    Operation.REVOKE: _l("Revoke"),
    Operation.WITHDRAW: _l("Withdraw"),
    Operation.REPLACE: _l("Replace"),
    Operation.CLEAN: _l("Clean"),
    Operation.RESET_PIN: _l("Reset the PIN"),
    Operation.CHANGE_PIN: _l("Change the PIN"),
    Operation.EDIT: _l("Edit"),
    Operation.TELL_REGISTERS: _l("Tell the registers again"),
}
#: What was done, for the history.
DONE: Final = {
    Operation.ADD: _l("Added"),
    Operation.ASSIGN: _l("Assigned"),
    Operation.UNASSIGN: _l("Taken from the holder"),
    Operation.ISSUE: _l("Issued"),
    Operation.DISABLE: _l("Disabled"),
    Operation.ENABLE: _l("Enabled"),
    Operation.REVOKE: _l("Revoked"),
    Operation.WITHDRAW: _l("Withdrawn"),
    Operation.REPLACE: _l("Replaced"),
    Operation.CLEAN: _l("Cleaning ordered"),
    Operation.RESET_PIN: _l("Reset of the PIN ordered"),
    Operation.CHANGE_PIN: _l("Change of the PIN ordered"),
    Operation.EDIT: _l("Edited"),
    Operation.TELL_REGISTERS: _l("Registers told again"),
}
DENIALS: Final = {
    Denial.UNKNOWN: _l("The portal does not know this device: add it first."),
    Denial.KNOWN: _l("The device is in the list already."),
    Denial.HELD: _l("Somebody holds the device: take it from him first."),
    Denial.NOT_HELD: _l("Nobody holds the device: assign it first."),
    Denial.NOT_ISSUED: _l("The device was not issued yet: there is nothing of ours on it."),
    Denial.PENDING: _l("Its update waits for a decision: finish or cancel the update first."),
    Denial.ISSUED: _l("The device is issued already."),
    Denial.DISABLED: _l("The device is disabled: enable it first."),
    Denial.NOT_DISABLED: _l("The device is not disabled."),
    Denial.REVOKED: _l("The device is revoked: clean or withdraw it."),
    Denial.NOT_REVOKED: _l("The device is in use: revoke or clean it first."),
    Denial.RUNNING: _l("An update is under way: finish or cancel it first."),
    Denial.OWED: _l("The authority has not carried out the last order yet: it is told again by itself."),
    Denial.EMPTY: _l("Nothing the portal wrote is on the device."),
    Denial.NOT_EMPTY: _l("Something the portal wrote is on the device: clean it first."),
    Denial.NO_SO_PIN: _l("The portal does not know the administrator PIN of this token: enter it with “Edit”."),
}
REASONS: Final = {
    RevocationReason.LOST: _l("It is lost"),
    RevocationReason.COMPROMISED: _l("It was stolen, or somebody else may have used it"),
    RevocationReason.BROKEN: _l("It is broken"),
    RevocationReason.HOLDER_LEFT: _l("Its holder has left"),
    RevocationReason.SUPERSEDED: _l("Another device takes its place"),
}
ORDERS: Final = {
    OrderKind.HOLD: _l("to put on hold"),
    OrderKind.RELEASE: _l("to take the hold back"),
    OrderKind.REVOKE: _l("to revoke"),
    OrderKind.REGISTER: _l("to register"),
    OrderKind.SUSPEND: _l("to let in no more"),
    OrderKind.RESUME: _l("to let in again"),
    OrderKind.WITHDRAW: _l("to forget"),
}
_ORDERS: Final[dict[OrderKind, Callable[[str], str]]] = {
    OrderKind.HOLD: lambda name: _("The certificate “%(name)s” is put on hold at the CA", name=name),
    OrderKind.RELEASE: lambda name: _("The hold on the certificate “%(name)s” is taken back", name=name),
    OrderKind.REVOKE: lambda name: _("The certificate “%(name)s” is revoked at the CA for good", name=name),
    OrderKind.REGISTER: lambda name: _("The device is registered in %(name)s", name=name),
    OrderKind.SUSPEND: lambda name: _("%(name)s lets the device in no more", name=name),
    OrderKind.RESUME: lambda name: _("%(name)s lets the device in again", name=name),
    OrderKind.WITHDRAW: lambda name: _("%(name)s forgets the device", name=name),
}


def operation_label(operation: Operation) -> str:
    """What the button says."""
    return str(LABELS[operation])


def operation_done(operation: Operation) -> str:
    """What was done."""
    return str(DONE[operation])


def denial_text(denial: Denial) -> str:
    """Why it is not possible now, and what to do first."""
    return str(DENIALS[denial])


def reason_text(reason: str) -> str:
    """The reason of a revocation; empty for anything else."""
    return str(REASONS[RevocationReason(reason)]) if reason in set(RevocationReason) else ""


def order_name(kind: str) -> str:
    """What an authority or a register was told, in a word or two; an unknown kind keeps its own name."""
    return str(ORDERS[OrderKind(kind)]) if kind in set(OrderKind) else kind


def order_sentence(kind: OrderKind, target: str, name: str) -> str:
    """What an authority or a register is told; ``name`` is the certificate's."""
    about = name if kind in {OrderKind.HOLD, OrderKind.RELEASE, OrderKind.REVOKE} else register_name(target)
    return _ORDERS[kind](about)


def first_sentence(error: PortalError) -> str:
    """Who was first, and with what."""
    what = error.data.get("what", "")
    done = operation_done(Operation(what)) if what in set(Operation) else ""
    who, at = error.data.get("by", ""), dated(datetime.fromisoformat(error.data["at"]))
    return _("%(who)s was first: %(what)s, %(at)s. Nothing was changed; reload the page.", who=who, what=done, at=at)


def _life(error: PortalError) -> tuple[str, str]:
    denial = Denial(error.code.removeprefix("life_"))
    return _("This is not possible with the device now"), denial_text(denial)


def _device_changed(error: PortalError) -> tuple[str, str]:
    return _("Somebody else was first"), first_sentence(error)


def _device_known(error: PortalError) -> tuple[str, str]:
    text = _(
        "The serial number %(serial)s belongs to a device of the list. Nothing was changed. Find it with the search.",
        serial=error.data.get("serial", ""),
    )
    return _("The device is known already"), text


def _device_type(error: PortalError) -> tuple[str, str]:
    text = _(
        "The policy “%(policy)s” that acts for the person accepts only: %(types)s. Nothing was changed. "
        "Choose a device of such a type.",
        **error.data,
    )
    return _("The policy does not accept a device of this type"), text


def _devices_enough(error: PortalError) -> tuple[str, str]:
    text = _("The policy “%(policy)s” lets a person hold %(most)s at most. Take one back first.", **error.data)
    return _("The person holds as many devices as the policy allows"), text


def _replaced_already(error: PortalError) -> tuple[str, str]:
    text = _(
        "%(who)s has named the new device. Withdraw it, or give the old device back, first.",
        who=error.data.get("by", ""),
    )
    return _("Another device takes its place already"), text


def _register_settled(error: PortalError) -> tuple[str, str]:
    name = register_name(error.data.get("register", ""))
    return _("The register is in step already"), _("%(name)s has taken what it was told. Reload the page.", name=name)


#: Title and text of a refusal, by its code.
REFUSALS: Final[dict[str, Callable[[PortalError], tuple[str, str]]]] = {
    **{f"life_{denial.value}": _life for denial in Denial},
    "device_changed": _device_changed,
    "device_known": _device_known,
    "device_type": _device_type,
    "devices_enough": _devices_enough,
    "register_settled": _register_settled,
    "replaced_already": _replaced_already,
}
FIELDS: Final = {
    "device_unknown": _l("No device of the list has this serial number"),
    "device_not_free": _l("This device is not free: somebody else holds it, or its state does not allow it"),
    "holder_needed": _l("Name the holder: what nobody holds is outside of what you see"),
    "date_past": _l("This day is over"),
    "pin_short": _l("The new PIN is shorter than the policy allows"),
    "pin_long": _l("The new PIN is longer than the policy allows"),
    "pin_same": _l("The new PIN is the same as the old one"),
    "pin_trivial": _l("This PIN is too easy to guess: not all the same, no run of neighbours, no factory PIN"),
    "pin_differs": _l("The two PINs differ"),
}
