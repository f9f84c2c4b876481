"""Why a register of devices refused, by the code it gave: the reason, and what to do next."""

from typing import Final

from portal.web.translate import lazy_gettext as _l
from portal.web.words.ca_refusals import Refusal

_THERE: Final = _l("Remove the cause in the register, then have it told again on the device's card.")

REFUSALS: Final = {
    "unknown_person": Refusal(
        _l("It does not know the owner of the device: %(about)s."),
        _l("Check that the person is in the register's own directory, then have it told again on the device's card."),
    ),
    "device_taken": Refusal(_l("The device is somebody else's over there."), _THERE),
    "limit_reached": Refusal(
        _l("No more devices fit into its licence."),
        _l("Free or buy a licence there, then have it told again on the device's card."),
    ),
    "invalid_document": Refusal(
        _l("It does not accept the description of the device."),
        _l("Check that the register and the portal keep to the same version of the contract."),
        aside=True,
    ),
    "profile_unsupported": Refusal(
        _l("It cannot do with devices what this connector wants of it."),
        _l("Ask an administrator to check the connector."),
    ),
    "operation_failed": Refusal(_l("It took the device and failed: %(about)s."), _THERE),
    "said_no": Refusal(_l("It refused: %(about)s."), _THERE),
}
