"""Every error of PKCS#11 has a meaning, and the meanings are the agreed ones."""

import inspect

import pytest
from pkcs11 import exceptions
from pkcs11.exceptions import PKCS11Error

from portal.connectors.token.translation import CODES, VERDICTS, because, refusal, verdict_of
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble

KINDS = [
    kind
    for _, kind in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(kind, PKCS11Error) and kind is not PKCS11Error
]


def unmapped(code: int) -> PKCS11Error:
    return PKCS11Error(f"Unmapped error code {code:#x}")


def test_the_library_has_exceptions_at_all() -> None:
    assert len(KINDS) > 60


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_exception_is_forgotten(kind: type[PKCS11Error]) -> None:
    verdict = VERDICTS[kind]
    assert verdict.permanent == (verdict.permanent and verdict.whom is WaitingFor.RETRY)
    assert because(kind(), verdict).detail == kind.__name__


@pytest.mark.parametrize(
    ("kind", "trouble", "permanent", "whom"),
    [
        (exceptions.DeviceMemory, Trouble.TOKEN_FULL, True, WaitingFor.RETRY),
        (exceptions.DeviceRemoved, Trouble.TOKEN_REMOVED, False, WaitingFor.TOKEN),
        (exceptions.TokenNotPresent, Trouble.TOKEN_REMOVED, False, WaitingFor.TOKEN),
        (exceptions.SessionHandleInvalid, Trouble.TOKEN_REMOVED, False, WaitingFor.TOKEN),
        (exceptions.TokenWriteProtected, Trouble.TOKEN_READ_ONLY, True, WaitingFor.RETRY),
        (exceptions.MechanismInvalid, Trouble.TOKEN_UNSUITABLE, True, WaitingFor.RETRY),
        (exceptions.PinIncorrect, Trouble.PIN_INCORRECT, False, WaitingFor.PIN),
        (exceptions.PinLenRange, Trouble.PIN_MALFORMED, False, WaitingFor.PIN),
        (exceptions.PinLocked, Trouble.PIN_LOCKED, False, WaitingFor.PIN),
        (exceptions.GeneralError, Trouble.TOKEN_ERROR, False, WaitingFor.RETRY),
        (exceptions.DeviceError, Trouble.TOKEN_ERROR, False, WaitingFor.RETRY),
        (exceptions.UserNotLoggedIn, Trouble.TOKEN_ERROR, False, WaitingFor.RETRY),
    ],
)
def test_the_errors_people_meet_mean_what_was_agreed(
    kind: type[PKCS11Error], trouble: Trouble, permanent: bool, whom: WaitingFor
) -> None:
    refused = refusal(kind()).refused
    assert (refused.why.trouble, refused.permanent, refused.whom) == (trouble, permanent, whom)


def test_codes_without_an_exception_are_read_from_their_number() -> None:
    for code, verdict in CODES.items():
        assert verdict_of(unmapped(code)) == verdict
    assert because(unmapped(0x80000001), verdict_of(unmapped(0x80000001))).detail == "0x80000001"
    assert verdict_of(unmapped(0x80000001)).trouble is Trouble.TOKEN_ERROR


def test_a_library_that_is_not_running_has_lost_the_session() -> None:
    error = PKCS11Error("Initialisation error (not initialized). Should never see this.")
    assert verdict_of(error).lost


def test_the_text_of_an_error_goes_no_further() -> None:
    assert "4929331" not in repr(refusal(PKCS11Error("4929331")).refused)
