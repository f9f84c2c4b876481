"""Every way PKCS#11 says no, in the product's words: one table by exception, one by code, one for signing in."""

import re
from dataclasses import dataclass
from typing import Final

from pkcs11 import exceptions as said
from pkcs11.exceptions import PKCS11Error

from portal.domain.outcomes import Refused, WaitingFor
from portal.domain.troubles import Trouble, Why, why


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an error means.

    ``lost``: the session cannot be used any more. ``doubtful``: modules also say this when the token was pulled
    (SoftHSM2 does), so whoever meets it looks whether the token still answers.
    """

    trouble: Trouble
    permanent: bool = False
    whom: WaitingFor = WaitingFor.RETRY
    lost: bool = False
    doubtful: bool = False


class RefusalError(Exception):
    """An order ends here; carried to the gateway's edge and answered there, never shown to callers."""

    def __init__(self, because: Why, *, permanent: bool = False, whom: WaitingFor = WaitingFor.RETRY) -> None:
        super().__init__(because.trouble.value)
        self.refused = Refused(because, permanent, whom)


REMOVED: Final = Verdict(Trouble.TOKEN_REMOVED, whom=WaitingFor.TOKEN, lost=True)
READ_ONLY: Final = Verdict(Trouble.TOKEN_READ_ONLY, permanent=True)
FULL: Final = Verdict(Trouble.TOKEN_FULL, permanent=True)
UNSUITABLE: Final = Verdict(Trouble.TOKEN_UNSUITABLE, permanent=True)
BROKEN: Final = Verdict(Trouble.TOKEN_ERROR, doubtful=True)
DESYNCHRONIZED: Final = Verdict(Trouble.TOKEN_ERROR, lost=True, doubtful=True)
GONE: Final = Verdict(Trouble.OBJECT_MISSING, doubtful=True)  # every order searches anew, so the next try knows
WRONG_PIN: Final = Verdict(Trouble.PIN_INCORRECT, whom=WaitingFor.PIN)
LOCKED_PIN: Final = Verdict(Trouble.PIN_LOCKED, whom=WaitingFor.PIN)
MALFORMED_PIN: Final = Verdict(Trouble.PIN_MALFORMED, whom=WaitingFor.PIN)
UNPROVEN: Final = Verdict(Trouble.PROOF_FAILED, permanent=True)

_GROUPS: Final[dict[Verdict, tuple[type[PKCS11Error], ...]]] = {
    REMOVED: (
        *(said.DeviceRemoved, said.TokenNotPresent, said.TokenNotRecognised, said.NoSuchToken),
        *(said.SessionHandleInvalid, said.SessionClosed, said.SlotIDInvalid),
    ),
    READ_ONLY: (said.TokenWriteProtected, said.SessionReadOnly),
    FULL: (said.DeviceMemory,),
    GONE: (said.ObjectHandleInvalid, said.KeyHandleInvalid, said.NoSuchKey),
    WRONG_PIN: (said.PinIncorrect,),
    LOCKED_PIN: (said.PinLocked,),
    MALFORMED_PIN: (said.PinInvalid, said.PinLenRange, said.PinTooWeak),
    UNPROVEN: (said.SignatureInvalid, said.SignatureLenRange),
    UNSUITABLE: (
        *(said.MechanismInvalid, said.MechanismParamInvalid, said.DomainParamsInvalid),
        *(said.FunctionNotSupported, said.FunctionRejected, said.RandomNoRNG, said.RandomSeedNotSupported),
        *(said.TemplateIncomplete, said.TemplateInconsistent, said.UserPinNotInitialized, said.PinExpired),
        *(said.AttributeTypeInvalid, said.AttributeReadOnly, said.AttributeSensitive),
        *(said.KeySizeRange, said.KeyTypeInconsistent, said.KeyUnextractable, said.KeyNotWrappable),
        *(said.KeyIndigestible, said.KeyNeeded, said.KeyNotNeeded, said.PublicKeyInvalid),
        *(said.DataInvalid, said.DataLenRange, said.EncryptedDataInvalid, said.EncryptedDataLenRange),
        *(said.WrappedKeyInvalid, said.WrappedKeyLenRange, said.WrappingKeyHandleInvalid),
        *(said.WrappingKeySizeRange, said.WrappingKeyTypeInconsistent, said.UnwrappingKeyHandleInvalid),
        *(said.UnwrappingKeySizeRange, said.UnwrappingKeyTypeInconsistent),
    ),
    BROKEN: (
        *(said.DeviceError, said.GeneralError, said.FunctionFailed, said.FunctionCancelled),
        *(said.HostMemory, said.ExceededMaxIterations, said.ArgumentsBad, said.AttributeValueInvalid),
        *(said.MultipleObjectsReturned, said.MultipleTokensReturned, said.NoEvent, said.SessionCount),
        *(said.SessionExists, said.SessionReadOnlyExists, said.SessionReadWriteSOExists),
    ),
    DESYNCHRONIZED: (
        *(said.OperationActive, said.OperationNotInitialized, said.UserNotLoggedIn, said.UserAlreadyLoggedIn),
        *(said.AnotherUserAlreadyLoggedIn, said.UserTooManyTypes),
    ),
}

#: What each exception of the library means.
VERDICTS: Final = {kind: verdict for verdict, kinds in _GROUPS.items() for kind in kinds}

#: Codes the library has no exception for; it puts the number into the text.
CODES: Final = {
    0x01B: UNSUITABLE,  # CKR_ACTION_PROHIBITED
    0x063: UNSUITABLE,  # CKR_KEY_TYPE_INCONSISTENT of old modules
    0x068: UNSUITABLE,  # CKR_KEY_FUNCTION_NOT_PERMITTED
    0x140: UNSUITABLE,  # CKR_CURVE_NOT_SUPPORTED
    0x190: DESYNCHRONIZED,  # CKR_CRYPTOKI_NOT_INITIALIZED, numbered
    0x203: BROKEN,  # CKR_TOKEN_RESOURCE_EXCEEDED
    0x204: DESYNCHRONIZED,  # CKR_OPERATION_CANCEL_FAILED
}
_CODE: Final = re.compile(r"Unmapped error code 0x([0-9a-f]+)$")
_NOT_INITIALIZED: Final = "not initialized"


def verdict_of(error: PKCS11Error) -> Verdict:
    """What the error means; what nobody has a word for is a fault of the token that may pass."""
    known = VERDICTS.get(type(error))
    if known:
        return known
    if _NOT_INITIALIZED in str(error):
        return DESYNCHRONIZED
    return CODES.get(_code(error), BROKEN)


def because(error: PKCS11Error, verdict: Verdict) -> Why:
    """The trouble with the error's own name or number; its text stays behind."""
    code = _code(error)
    return why(verdict.trouble, f"0x{code:x}" if code else type(error).__name__)


def refusal(error: PKCS11Error, verdict: Verdict | None = None) -> RefusalError:
    """The error as the end of an order."""
    verdict = verdict or verdict_of(error)
    return RefusalError(because(error, verdict), permanent=verdict.permanent, whom=verdict.whom)


def _code(error: PKCS11Error) -> int:
    match = _CODE.search(str(error))
    return int(match.group(1), 16) if match else 0
