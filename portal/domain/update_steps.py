"""The steps an update is made of, as values that can be stored and read back."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from typing import Final

from portal.domain.certificate import KeyAlgorithm, TemplateKey
from portal.domain.identity_check import IdentityService
from portal.domain.policy import Register


@unique
class StepKind(StrEnum):
    """Everything an update can do. One handler each."""

    COMPARE_CONTENTS = "compare_contents"
    GENERATE_KEY = "generate_key"
    SIGN_REQUEST = "sign_request"
    REQUEST_CERTIFICATE = "request_certificate"
    WRITE_CERTIFICATE = "write_certificate"
    WRITE_COMMON = "write_common"
    VERIFY_CERTIFICATE = "verify_certificate"
    RETAIN_HISTORY = "retain_history"
    REMOVE_CERTIFICATE = "remove_certificate"
    REMOVE_KEY = "remove_key"
    VERIFY_TOKEN = "verify_token"
    REVOKE_CERTIFICATE = "revoke_certificate"
    REGISTER_DEVICE = "register_device"
    WITHDRAW_DEVICE = "withdraw_device"
    CHANGE_PIN = "change_pin"
    RESET_PIN = "reset_pin"
    INIT_TOKEN = "init_token"
    CHECK_IDENTITY = "check_identity"
    ANNOUNCE_CERTIFICATE = "announce_certificate"


#: Steps that need the token and its PIN.
ON_TOKEN: Final = frozenset(
    {
        StepKind.COMPARE_CONTENTS,
        StepKind.GENERATE_KEY,
        StepKind.SIGN_REQUEST,
        StepKind.WRITE_CERTIFICATE,
        StepKind.WRITE_COMMON,
        StepKind.VERIFY_CERTIFICATE,
        StepKind.REMOVE_CERTIFICATE,
        StepKind.REMOVE_KEY,
        StepKind.VERIFY_TOKEN,
        StepKind.CHANGE_PIN,
        StepKind.RESET_PIN,
        StepKind.INIT_TOKEN,
    }
)

#: Steps after which their item is not undone any more: the new certificate is proved.
PIVOTS: Final = frozenset({StepKind.VERIFY_CERTIFICATE})


@dataclass(frozen=True, slots=True)
class Step:
    """One step; only the fields its kind needs are filled.

    ``item`` is the index of the plan item it belongs to, -1 for steps of the whole plan. ``key_id``, ``fingerprint``
    and ``serial`` are lower hex. ``order_id`` names the order at the CA or the register and never changes on a retry.
    ``subject`` and ``alternative`` are (field, value) pairs. ``content_hash`` is what COMPARE_CONTENTS expects.
    ``present`` and ``absent`` are the fingerprints VERIFY_TOKEN expects to find and not to find
    (certificates issued in this run are known only later and are taken from the replies of their steps).
    ``services`` are the registers that must have confirmed the data of ``person`` no longer than ``validity`` ago.
    The five steps that lead to one certificate carry the same fields.
    """

    kind: StepKind
    item: int = -1
    template: TemplateKey | None = None
    template_name: str = ""
    algorithm: KeyAlgorithm | None = None
    key_id: str = ""
    label: str = ""
    fingerprint: str = ""
    serial: str = ""
    order_id: str = ""
    common: str = ""
    common_version: int = 0
    subject: tuple[tuple[str, str], ...] = ()
    alternative: tuple[tuple[str, str], ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    escrow: bool = False
    revoke_on_removal: bool = False
    register: Register | None = None
    content_hash: str = ""
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    person: int = 0
    services: frozenset[IdentityService] = frozenset()
    validity: timedelta = timedelta()
    version: int = 1
