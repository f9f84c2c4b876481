"""The dialog of an operation: what exactly will happen, what is asked, and one button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from flask_wtf import FlaskForm
from wtforms import Field

from portal.db.queries.device_life import LifeRow
from portal.db.queries.views import DeviceRow
from portal.domain.device_life import Denial, Operation, decide
from portal.web.sides import side_url
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.views_dialog import Presence, subtitle
from portal.web.words.device_life import denial_text, operation_label

#: What cannot be taken back.
GRAVE: Final = frozenset({Operation.REVOKE, Operation.CLEAN, Operation.DISABLE, Operation.WITHDRAW})
TITLES: Final = {
    Operation.ASSIGN: _l("Assign the device"),
    Operation.UNASSIGN: _l("Take the device from its holder"),
    Operation.DISABLE: _l("Disable the device"),
    Operation.ENABLE: _l("Enable the device"),
    Operation.REVOKE: _l("Revoke the device"),
    Operation.WITHDRAW: _l("Withdraw the device"),
    Operation.REPLACE: _l("Replace the device"),
    Operation.CLEAN: _l("Clean the device"),
    Operation.RESET_PIN: _l("Reset the PIN"),
    Operation.CHANGE_PIN: _l("Change the PIN"),
    Operation.EDIT: _l("Edit the device"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One field of the form with what stands beside it."""

    field: Field
    hint: str = ""
    css: str = ""
    attrs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationDialog:
    """Everything the dialog shows."""

    title: str
    subtitle: str
    lines: tuple[str, ...]
    denied: str
    form: FlaskForm
    fields: tuple[Asked, ...]
    version: int
    href: str
    close_href: str
    button: str
    kind: str
    presence: Presence | None = None


@dataclass(frozen=True, slots=True)
class About:
    """The device a dialog is about, as it stands now."""

    device: DeviceRow
    life: LifeRow


def operation_dialog(
    about: About, operation: Operation, form: FlaskForm, *, href: str, lines: Sequence[str], fields: Sequence[Asked]
) -> OperationDialog:
    """The dialog; an operation that is not possible now says why instead of offering its button."""
    answer = decide(operation, about.life.standing)
    denied = denial_text(answer) if isinstance(answer, Denial) else ""
    return OperationDialog(
        title=str(TITLES[operation]),
        subtitle=subtitle(about.device),
        lines=() if denied else tuple(lines),
        denied=denied,
        form=form,
        fields=() if denied else tuple(fields),
        version=about.life.version,
        href=href,
        close_href=side_url("show_device", device_id=about.device.id),
        button=operation_label(operation) if operation is not Operation.EDIT else _("Save"),
        kind="danger" if operation in GRAVE else "primary",
    )
