"""What the direct exchange answers: read leniently but by place, so that a signature is over what is read.

The published schemas are not held against answers: the real stand's answers do not fit them. What departs is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portal.connectors.smev.canonical import canonical
from portal.connectors.smev.faults import Faulted, soap_fault, status_fault
from portal.connectors.smev.safe_xml import BadXml, Element, child, children, elements, qualified, text_of
from portal.connectors.smev.signature import state_of
from portal.connectors.smev.versions import FAMILY, SOAP, Version
from portal.ports.exchange import Received, Reject, Rejection, Rule, SignatureState, StatusNote, StatusReceived
from portal.ports.signer import Verifier

_REJECTED: Final = frozenset({"requestIsRejectedBySmev", "responseIsRejectedBySmev"})


@dataclass(frozen=True, slots=True)
class Reading:
    """With what answers are read: our version of the exchange, who checks signatures, and the moment."""

    version: Version
    verifier: Verifier
    at: datetime


def payload_of(root: Element, raw: bytes) -> Element | None:
    """The element in the body, None in an empty one; raises Faulted, or BadXml for what is no envelope."""
    if qualified(root) != (SOAP, "Envelope"):
        raise BadXml("not a SOAP envelope")
    body = only(root, "Body")
    if body is None:
        raise BadXml("no body")
    inside = list(elements(body))
    if len(inside) > 1:
        raise BadXml("more than one element in the body")
    if not inside:
        return None
    if qualified(inside[0]) == (SOAP, "Fault"):
        raise Faulted(soap_fault(inside[0]), raw)
    return inside[0]


def only(parent: Element | None, local: str) -> Element | None:
    """The child of this name; two of them are refused, for one could be signed and the other read."""
    found = [] if parent is None else children(parent, local)
    if len(found) > 1:
        raise BadXml(f"more than one {local}")
    return found[0] if found else None


def read_metadata(payload: Element, reading: Reading) -> tuple[str, str, SignatureState]:
    """Message id and status of what was sent, and the signature over them."""
    metadata = only(payload, "MessageMetadata")
    state = state_of(only(payload, "SMEVSignature"), metadata, reading.verifier, reading.at)
    return text_of(only(metadata, "MessageId")), text_of(only(metadata, "Status")), state


def read_answer(payload: Element, raw: bytes, reading: Reading) -> Received | None:
    """The message of a GetResponseResponse, None from an empty queue; raises BadXml, OutsideUnavailable."""
    message = only(payload, "ResponseMessage")
    if message is None:
        return None
    response = only(message, "Response")
    data = only(response, "SenderProvidedResponseData")
    if response is None or data is None:
        raise BadXml("no response in the message")
    metadata = only(response, "MessageMetadata")
    status = only(data, "AsyncProcessingStatus")
    return Received(
        message_id=identified(text_of(only(metadata, "MessageId")) or text_of(only(data, "MessageID"))),
        original_id=text_of(only(response, "OriginalMessageId")) or text_of(only(status, "OriginalMessageId")),
        raw=raw,
        signature=state_of(only(message, "SMEVSignature"), response, reading.verifier, reading.at),
        sender_signature=_sender_signature(response, data, reading),
        content=_content(data),
        rejects=_rejects(data),
        progress=_progress(only(data, "RequestStatus")),
        status=None if status is None else read_status(status),
        sender=text_of(only(only(metadata, "Sender"), "Mnemonic")),
        sent_at=moment_of(text_of(only(metadata, "SendingTimestamp"))),
        deviations=tuple(_deviations(payload, metadata, reading.version)),
    )


def identified(identifier: str) -> str:
    """The id of a message; raises BadXml for none: what has no id can be neither counted once nor confirmed."""
    if not identifier:
        raise BadXml("no message id")
    return identifier


def read_status_message(payload: Element, raw: bytes, reading: Reading) -> StatusReceived | None:
    """The note of a GetStatusResponse, None from an empty queue; raises BadXml, OutsideUnavailable."""
    message = only(payload, "SmevAsyncProcessingMessage")
    data = only(message, "AsyncProcessingStatusData")
    status = only(data, "AsyncProcessingStatus")
    if message is None or status is None:
        return None
    state = state_of(only(message, "SMEVSignature"), data, reading.verifier, reading.at)
    return StatusReceived(text_of(only(status, "OriginalMessageId")), read_status(status), state, raw)


def read_status(status: Element) -> StatusNote:
    """An AsyncProcessingStatus; a rejection without a fault that we know is one for good."""
    category, details = text_of(only(status, "StatusCategory")), text_of(only(status, "StatusDetails"))
    element = only(status, "SmevFault")
    if category not in _REJECTED:
        return StatusNote(category, details)
    if element is None:
        return StatusNote(category, details, rule=Rule.REFUSE)
    fault = status_fault(element)
    return StatusNote(category, "\n".join(filter(None, (details, fault.text, fault.detail))), fault.label, fault.rule)


def _content(data: Element) -> bytes:
    primary = only(data, "MessagePrimaryContent")
    inside = [] if primary is None else list(elements(primary))
    if len(inside) > 1:
        raise BadXml("more than one content")
    return canonical(inside[0]) if inside else b""


def _rejects(data: Element) -> tuple[Reject, ...]:
    return tuple(
        reject_of(text_of(only(one, "RejectionReasonCode")), text_of(only(one, "RejectionReasonDescription")))
        for one in children(data, "RequestRejected")
    )


def reject_of(code: str, description: str) -> Reject:
    """A rejection with a reason we know, or with none."""
    return Reject(Rejection(code) if code in set(Rejection) else None, code, description)


def _progress(status: Element | None) -> StatusNote | None:
    if status is None:
        return None
    parameters = {text_of(only(one, "Key")): text_of(only(one, "Value")) for one in children(status, "StatusParameter")}
    code, said = text_of(only(status, "StatusCode")), text_of(only(status, "StatusDescription"))
    return StatusNote(code, said, parameters=parameters)


def _sender_signature(response: Element, data: Element, reading: Reading) -> SignatureState:
    return state_of(only(response, "SenderInformationSystemSignature"), data, reading.verifier, reading.at)


def _deviations(payload: Element, metadata: Element | None, version: Version) -> Iterator[str]:
    namespace, _ = qualified(payload)
    if namespace != version.types:
        yield f"version {namespace.removeprefix(FAMILY)[:20]}"
    if metadata is None:
        yield "no MessageMetadata"
        return
    for local in ("Sender", "Recipient"):
        party = child(metadata, local)
        if party is not None and child(party, "HumanReadableName") is None:
            yield f"{local} without HumanReadableName"


def moment_of(text: str) -> datetime | None:
    """A moment with its zone, or None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else None
