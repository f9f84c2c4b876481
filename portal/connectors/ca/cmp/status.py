"""How something stands, as CMP says it: a status, reasons by number, words for people."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any, Final

from portal.connectors.ca.cmp.asn1 import StatusInfo


@unique
class Status(IntEnum):
    """PKIStatus."""

    ACCEPTED = 0
    GRANTED_WITH_CHANGES = 1
    REJECTION = 2
    WAITING = 3


@unique
class Failure(IntEnum):
    """The bits of PKIFailureInfo we say or look at."""

    BAD_ALGORITHM = 0
    BAD_MESSAGE_CHECK = 1
    BAD_REQUEST = 2
    BAD_TIME = 3
    BAD_CERTIFICATE_ID = 4
    BAD_DATA = 5
    WRONG_AUTHORITY = 6
    BAD_PROOF = 9
    CERTIFICATE_REVOKED = 10
    WRONG_INTEGRITY = 12
    BAD_TEMPLATE = 19
    SIGNER_NOT_TRUSTED = 20
    TRANSACTION_IN_USE = 21
    NOT_AUTHORIZED = 23
    UNAVAILABLE = 24


@dataclass(frozen=True, slots=True)
class Standing:
    """What was read of it."""

    status: int
    failures: frozenset[int]
    text: str

    @property
    def granted(self) -> bool:
        """Whether what was asked for was done."""
        return self.status in GRANTED


#: CRLReason by number, as the port names them.
REASONS: Final = {
    0: "unspecified",
    1: "keyCompromise",
    2: "cACompromise",
    3: "affiliationChanged",
    4: "superseded",
    5: "cessationOfOperation",
    6: "certificateHold",
    8: "removeFromCRL",
    9: "privilegeWithdrawn",
    10: "aACompromise",
}
GRANTED: Final = frozenset({Status.ACCEPTED, Status.GRANTED_WITH_CHANGES})


def said(status: Status, failure: Failure | None = None, text: str = "") -> StatusInfo:
    """To be sent."""
    values: dict[str, Any] = {"status": int(status)}
    if text:
        values["status_string"] = [text[:200]]
    if failure is not None:
        values["fail_info"] = (0,) * failure + (1,)
    return StatusInfo(values)


def heard(info: StatusInfo) -> Standing:
    """As it came."""
    bits = info["fail_info"].native or ()
    texts = info["status_string"].native or ()
    return Standing(
        info["status"].native, frozenset(place for place, bit in enumerate(bits) if bit), "; ".join(texts)[:200]
    )
