"""Steps of a run and the states of things, in words."""

from collections.abc import Callable
from typing import Final

from portal.domain.certificate import CertificateStatus
from portal.domain.device import DeviceState
from portal.domain.outcomes import WaitingFor
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.domain.update_steps import Step, StepKind
from portal.web.translate import gettext as _
from portal.web.translate import lazy_gettext as _l
from portal.web.translate import lazy_pgettext
from portal.web.words.names import register_name


def step_sentence(step: Step) -> str:
    """What the step does."""
    return STEPS[step.kind](step)


def unknown_step(kind: str) -> str:
    """A step of another version of the portal."""
    return _("A step this version does not know: %(kind)s", kind=kind)


def step_state(status: StepStatus) -> str:
    """Where the step is."""
    return str(STEP_STATES[status])


def update_state(status: UpdateStatus) -> str:
    """Where the update is."""
    return str(UPDATE_STATES[status])


def under_way(status: UpdateStatus) -> str:
    """The same of a device in a list, as a sentence."""
    return str(UNDER_WAY.get(status) or UPDATE_STATES[status])


def device_state(state: DeviceState) -> str:
    """The device's state under its product name."""
    return str(DEVICE_STATES[state])


def device_states() -> tuple[DeviceState, ...]:
    """All states in the order of a device's life."""
    return tuple(DEVICE_STATES)


def certificate_status(status: CertificateStatus) -> str:
    """What people see of a certificate."""
    return str(CERTIFICATE_STATUSES[status])


def waiting_for(whom: WaitingFor) -> str:
    """Whom or what a parked update waits for."""
    return str(WAITING[whom])


def _name(step: Step) -> str:
    return step.template_name or step.common or step.label or step.fingerprint[:12]


def _register(step: Step) -> str:
    return register_name(step.register or "")


STEPS: Final[dict[StepKind, Callable[[Step], str]]] = {
    StepKind.COMPARE_CONTENTS: lambda _step: _("Compare the device with the plan"),
    StepKind.GENERATE_KEY: lambda step: _("Generate a key for “%(name)s”", name=_name(step)),
    StepKind.SIGN_REQUEST: lambda step: _("Sign the request for “%(name)s”", name=_name(step)),
    StepKind.REQUEST_CERTIFICATE: lambda step: _("Get the certificate “%(name)s” from the CA", name=_name(step)),
    StepKind.WRITE_CERTIFICATE: lambda step: _("Write “%(name)s” to the device", name=_name(step)),
    StepKind.WRITE_COMMON: lambda step: _("Write the common certificate “%(name)s”", name=_name(step)),
    StepKind.VERIFY_CERTIFICATE: lambda step: _("Read “%(name)s” back and prove it with a signature", name=_name(step)),
    StepKind.RETAIN_HISTORY: lambda step: _("Keep the old “%(name)s” as history", name=_name(step)),
    StepKind.REMOVE_CERTIFICATE: lambda step: _("Delete the old certificate “%(name)s”", name=_name(step)),
    StepKind.REMOVE_KEY: lambda step: _("Delete the old key of “%(name)s”", name=_name(step)),
    StepKind.VERIFY_TOKEN: lambda _step: _("Check that the device carries exactly what was planned"),
    StepKind.REVOKE_CERTIFICATE: lambda step: _("Revoke the old “%(name)s” at the CA", name=_name(step)),
    StepKind.REGISTER_DEVICE: lambda step: _("Register the device in %(name)s", name=_register(step)),
    StepKind.WITHDRAW_DEVICE: lambda step: _("Withdraw the device from %(name)s", name=_register(step)),
    StepKind.CHECK_IDENTITY: lambda _step: _("Have the holder's data confirmed by registers of the state"),
    StepKind.ANNOUNCE_CERTIFICATE: lambda step: _("Make “%(name)s” known to the holder's account", name=_name(step)),
    StepKind.CHANGE_PIN: lambda _step: _("Set the new PIN on the token"),
    StepKind.INIT_TOKEN: lambda _step: _("Wipe the token and set its label and PINs"),
    StepKind.RESET_PIN: lambda _step: _("Set the PIN with the administrator PIN"),
}

STEP_STATES: Final = {
    StepStatus.PENDING: _l("to come"),
    StepStatus.INTENDED: _l("under way"),
    StepStatus.WAITING: _l("waiting"),
    StepStatus.DONE: _l("done"),
    StepStatus.REFUSED: _l("refused"),
    StepStatus.UNDOING: _l("being undone"),
    StepStatus.UNDONE: _l("undone"),
}

UPDATE_STATES: Final = {
    UpdateStatus.ORDERED: lazy_pgettext("update", "Ordered"),
    UpdateStatus.RUNNING: lazy_pgettext("update", "Running"),
    UpdateStatus.WAITING: lazy_pgettext("update", "Waiting"),
    UpdateStatus.COMPLETED: lazy_pgettext("update", "Completed"),
    UpdateStatus.FAILED: lazy_pgettext("update", "Failed"),
    UpdateStatus.CANCELLED: lazy_pgettext("update", "Cancelled"),
    UpdateStatus.STUCK: lazy_pgettext("update", "Needs attention"),
}

UNDER_WAY: Final = {
    UpdateStatus.ORDERED: _l("An update is ordered"),
    UpdateStatus.RUNNING: _l("An update is under way"),
    UpdateStatus.WAITING: _l("The update waits"),
    UpdateStatus.STUCK: _l("The update needs attention"),
}

DEVICE_STATES: Final = {
    DeviceState.CLEAN: lazy_pgettext("device", "Clean"),
    DeviceState.ASSIGNED: lazy_pgettext("device", "Assigned"),
    DeviceState.PENDING: lazy_pgettext("device", "Pending"),
    DeviceState.ISSUED: lazy_pgettext("device", "Issued"),
    DeviceState.DISABLED: lazy_pgettext("device", "Disabled"),
    DeviceState.REVOKED: lazy_pgettext("device", "Revoked"),
}

CERTIFICATE_STATUSES: Final = {
    CertificateStatus.VALID: lazy_pgettext("certificate", "Valid"),
    CertificateStatus.EXPIRING: lazy_pgettext("certificate", "Expiring"),
    CertificateStatus.EXPIRED: lazy_pgettext("certificate", "Expired"),
    CertificateStatus.REVOKED: lazy_pgettext("certificate", "Revoked"),
    CertificateStatus.ON_HOLD: lazy_pgettext("certificate", "On hold"),
    CertificateStatus.UNKNOWN: lazy_pgettext("certificate", "Unknown"),
}

WAITING: Final = {
    WaitingFor.TOKEN: _l("for the token to be plugged in"),
    WaitingFor.PIN: _l("for the PIN"),
    WaitingFor.CA: _l("for the decision of the CA"),
    WaitingFor.RETRY: _l("for the next try"),
    WaitingFor.IDENTITY: _l("for the identity check"),
    WaitingFor.AGENT: _l("for the workstation"),
}
