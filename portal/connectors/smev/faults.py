"""Faults of the exchange and what to do about each: the retry rules of the published service description, as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from portal.connectors.smev.safe_xml import Element, child, elements, qualified, text_of
from portal.ports.exchange import Rule

#: By the name of the fault's element, or of its type when it comes in a status.
RULES: Final[Mapping[str, Rule]] = {
    "SMEVFailure": Rule.RESEND_SAME,
    "DestinationOverflow": Rule.RESEND_SAME,
    "MessageIsAlreadySent": Rule.ALREADY_SENT,
    "StaleMessageId": Rule.NEW_ID,
    "EndOfLifeReached": Rule.NEW_ID,
    "InvalidMessageIdFormat": Rule.REFUSE,
    "InvalidContent": Rule.REFUSE,
    "AttachmentContentMiscoordination": Rule.REFUSE,
    "AttachmentSizeLimitExceeded": Rule.REFUSE,
    "QuoteLimitExceeded": Rule.REFUSE,
    "IncorrectResponseContentType": Rule.REFUSE,
    "RequestIsNotFound": Rule.REFUSE,
    "BusinessDataTypeIsNotSupported": Rule.CONFIGURATION,
    "UnknownMessageType": Rule.CONFIGURATION,
    "AccessDenied": Rule.CONFIGURATION,
    "PersonalAccessDenied": Rule.CONFIGURATION,
    "SenderIsNotRegistered": Rule.CONFIGURATION,
    "RecipientIsNotFound": Rule.CONFIGURATION,
    "TransactionCodeInvalid": Rule.CONFIGURATION,
    "SignatureVerificationFault": Rule.CONFIGURATION,
    "TargetMessageIsNotFound": Rule.ALREADY_CONFIRMED,
    # those of the standard adapter
    "SystemFault": Rule.RESEND_SAME,
    "ValidationFault": Rule.REFUSE,
}
#: By the number in "SMEV-NNN:", for faults that come without an element.
NUMBERS: Final[Mapping[str, Rule]] = {
    "100": Rule.CONFIGURATION,  # the sender's certificate has expired
    "201": Rule.REFUSE,  # attachments by FTP do not fit
    "403": Rule.REFUSE,  # the content does not fit the registered schema
    "600": Rule.RESEND_SAME,  # a queue is full
}
_SIGNATURE_FAULTS: Final = frozenset(
    {
        *("PoorSOAPEnvelopeFormat", "NoSignatureFound", "IncorrectSignatureTarget"),
        *("SignatureIsInvalid", "CertificateIsNotFound", "CertificateIsExpired"),
    }
)
_NUMBER: Final = re.compile(r"SMEV-(\d+)")
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """What was refused and why; ``text`` and ``detail`` may repeat what was sent."""

    name: str
    rule: Rule
    number: str = ""
    text: str = ""
    detail: str = ""

    @property
    def label(self) -> str:
        """Short, and safe to keep in a journal: nothing in it can repeat what was sent."""
        number = f"SMEV-{self.number}" if self.number else ""
        return " ".join(filter(None, (self.name, self.detail if self.detail in _SIGNATURE_FAULTS else "", number)))


class Faulted(Exception):  # noqa: N818 - named after what happened
    """The other side answered with a fault; ``raw`` is all it said."""

    def __init__(self, fault: Fault, raw: bytes = b"") -> None:
        super().__init__(fault.label)
        self.fault = fault
        self.raw = raw


def soap_fault(element: Element) -> Fault:
    """Read a soap:Fault, whatever of it is there."""
    code = text_of(child(element, "faultcode"))
    said = text_of(child(element, "faultstring"))
    detail = child(element, "detail")
    named = next(elements(detail), None) if detail is not None else None
    # the sender is asked to do something about a client's fault; a server's may pass
    unknown = Rule.CONFIGURATION if code.rpartition(":")[2] == "Client" else Rule.RESEND_SAME
    if named is None:
        return _fault("", said, "", unknown)
    return _fault(qualified(named)[1], _said(named) or said, _particulars(named), unknown)


def status_fault(element: Element) -> Fault:
    """Read the SmevFault of a rejection; what was taken once cannot be sent again under its id."""
    name = element.get(_TYPE, "").rpartition(":")[2]
    fault = _fault(name, _said(element), _particulars(element), Rule.REFUSE)
    later = {Rule.RESEND_SAME: Rule.NEW_ID, Rule.ALREADY_SENT: Rule.REFUSE, Rule.ALREADY_CONFIRMED: Rule.REFUSE}
    return Fault(fault.name, later.get(fault.rule, fault.rule), fault.number, fault.text, fault.detail)


def _fault(name: str, text: str, detail: str, unknown: Rule) -> Fault:
    number = number_in(text)
    return Fault(name, RULES.get(name) or NUMBERS.get(number) or unknown, number, text[:_LONGEST], detail[:_LONGEST])


def number_in(text: str) -> str:
    """The NNN of the first "SMEV-NNN", or an empty string."""
    found = _NUMBER.search(text)
    return found[1] if found else ""


def _said(element: Element) -> str:
    return text_of(child(element, "Description")) or text_of(child(element, "description"))


def _particulars(element: Element) -> str:
    own = {"Code", "Description", "code", "description"}
    return "; ".join(text_of(part) for part in elements(element) if qualified(part)[1] not in own)
