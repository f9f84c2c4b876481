"""The adapter's face: it signs for its clients, confirms for them, and keeps what it gave them for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid1

from lxml import etree

from portal.stands.smev.faults import ADAPTER_FAULTS, Refusal, adapter_fault
from portal.stands.smev.kinds import read_question
from portal.stands.smev.markup import (
    SOAP,
    XSI,
    Element,
    Malformed,
    found,
    inside,
    name_of,
    plain,
    put,
    read,
    said,
    soap,
)
from portal.stands.smev.queues import Question, Queues, Reply
from portal.stands.smev.shapes import ADAPTER, ADAPTER_OPERATIONS, adapter_rules, demand_parts, primary_content

_REQUEST: Final = "GET_REQUEST_BY_REQUEST_CLIENTID"


@dataclass(frozen=True, slots=True)
class AdapterFace:
    """Over the same queues; ``systems`` are the mnemonics of those it works for."""

    queues: Queues
    systems: set[str]
    denied: set[str]

    def answer(self, body: bytes, action: str, trick: str) -> tuple[Element, int]:
        """An envelope, and the status it travels with."""
        try:
            request = self._request(body, action)
            return soap(self._said(request, trick)), 200
        except Refusal as refusal:
            name = "SystemFault" if refusal.name == "SMEVFailure" else "ValidationFault"
            return soap(adapter_fault(name, f"{refusal.name} {refusal.detail}".strip())), 500

    def _request(self, body: bytes, action: str) -> Element:
        try:
            root = read(body)
        except Malformed as error:
            raise Refusal("InvalidContent", str(error)) from error
        carrying = found(root, SOAP, "Body")
        payloads = [] if carrying is None else list(inside(carrying))
        if len(payloads) != 1 or name_of(payloads[0])[0] != ADAPTER:
            raise Refusal("InvalidContent", "Body")
        request = payloads[0]
        operation, parts = ADAPTER_OPERATIONS.get(name_of(request)[1], ("", ()))
        if not operation or action != f"urn:{operation}":
            raise Refusal("UnknownMessageType")
        demand_parts(request, adapter_rules(parts))
        if said(request, ADAPTER, "itSystem") not in self.systems:
            raise Refusal("SenderIsNotRegistered")
        return request

    def _said(self, request: Element, trick: str) -> Element:
        system = said(request, ADAPTER, "itSystem")
        match name_of(request)[1]:
            case "ClientMessage":
                return self._send(request, system)
            case "MessageQuery":
                return self._get(system, said(request, ADAPTER, "nodeId"), trick)
            case _:
                return self._find(request, system)

    def _send(self, request: Element, system: str) -> Element:
        message = found(request, ADAPTER, "RequestMessage")
        metadata = found(message, ADAPTER, "RequestMetadata")
        client = said(metadata, ADAPTER, "clientId")
        carrying = found(found(message, ADAPTER, "RequestContent"), ADAPTER, "content")
        content = primary_content(found(carrying, ADAPTER, "MessagePrimaryContent"))
        if not client or len(client) > 50:  # noqa: PLR2004 - by the schema
            raise Refusal("InvalidContent", "clientId")
        with self.queues.lock:
            asked = read_question(content)
            if asked.service in self.denied:
                raise Refusal("AccessDenied")
            node, at = said(metadata, ADAPTER, "nodeId"), self.queues.now()
            question = Question(str(uuid1()), client, system, node, plain(content), asked, "adapter", at)
            self.queues.take(question)
        result = _root("MessageResult")
        put(result, ADAPTER, "itSystem", system)
        put(result, ADAPTER, "MessageId", question.number)
        return result

    def _get(self, system: str, node: str, trick: str) -> Element:
        result = _root("QueryResult")
        with self.queues.lock:
            reply = self.queues.next_for(system, node)
            if reply is not None and trick != "again":
                self.queues.hand_over(reply)
            elif reply is not None:
                reply.hidden_until = 0.0
        if reply is not None:
            _fill(result, reply)
        return result

    def _find(self, request: Element, system: str) -> Element:
        wanted = found(found(request, ADAPTER, "specificQuery"), ADAPTER, "messageClientIdCriteria")
        client, criteria = said(wanted, ADAPTER, "clientId"), said(wanted, ADAPTER, "clientIdCriteria")
        found_ones = _root("QueryResultList")
        with self.queues.lock:
            if criteria == _REQUEST:
                sent = [one for one in self.queues.questions.values() if (one.sender, one.client) == (system, client)]
                for question in sent:
                    _fill_request(put(found_ones, ADAPTER, "QueryResult"), question)
            else:
                for reply in self.queues.answers_to(system, client):
                    _fill(put(found_ones, ADAPTER, "QueryResult"), reply)
        return found_ones


def _fill_request(result: Element, question: Question) -> None:
    put(put(result, ADAPTER, "smevMetadata"), ADAPTER, "MessageId", question.number)
    message = _message(result, "RequestMessageType")
    metadata = put(message, ADAPTER, "RequestMetadata")
    put(metadata, ADAPTER, "clientId", question.client)
    carrying = put(put(message, ADAPTER, "RequestContent"), ADAPTER, "content")
    put(carrying, ADAPTER, "MessagePrimaryContent").append(read(question.content))


def _fill(result: Element, reply: Reply) -> None:
    metadata = put(result, ADAPTER, "smevMetadata")
    put(metadata, ADAPTER, "MessageId", reply.number)
    put(metadata, ADAPTER, "OriginalMessageID", reply.question.number)
    put(metadata, ADAPTER, "Sender", reply.question.asked.service.upper())
    put(metadata, ADAPTER, "Recipient", reply.question.sender)
    at = datetime.fromtimestamp(reply.made_at, UTC)
    put(metadata, ADAPTER, "SendingDate", at.isoformat(timespec="milliseconds"))
    if reply.body.status is not None:
        _fill_error(result, reply)
        return
    message = _message(result, "ResponseMessageType")
    put(message, ADAPTER, "messageType", "PrimaryMessage")
    about = put(message, ADAPTER, "ResponseMetadata")
    put(about, ADAPTER, "clientId", reply.number)
    put(about, ADAPTER, "replyToClientId", reply.question.client)
    _fill_content(put(message, ADAPTER, "ResponseContent"), reply)


def _fill_content(content: Element, reply: Reply) -> None:
    if reply.body.content:
        carrying = put(content, ADAPTER, "content")
        put(carrying, ADAPTER, "MessagePrimaryContent").append(read(reply.body.content))
    for code, description in reply.body.rejects:
        reject = put(content, ADAPTER, "rejects")
        put(reject, ADAPTER, "code", code)
        put(reject, ADAPTER, "description", description)
    if reply.body.progress is not None:
        status = put(content, ADAPTER, "status")
        put(status, ADAPTER, "code", reply.body.progress[0])
        put(status, ADAPTER, "description", reply.body.progress[1])


def _fill_error(result: Element, reply: Reply) -> None:
    status = reply.body.status
    message = _message(result, "ErrorMessage")
    about = put(message, ADAPTER, "statusMetadata")
    put(about, ADAPTER, "clientId", reply.number)
    put(about, ADAPTER, "originalClientId", reply.question.client)
    put(message, ADAPTER, "status", "ERROR")
    name = status.name if status else ""
    put(message, ADAPTER, "details", name)
    put(message, ADAPTER, "type", "SERVER" if name in {"SMEVFailure", "DestinationOverflow"} else "CLIENT")
    fault = put(message, ADAPTER, "fault")
    put(fault, ADAPTER_FAULTS, "code", name[:50])
    put(fault, ADAPTER_FAULTS, "description", name)


def _root(name: str) -> Element:
    """With a prefix by which types of messages can be named."""
    return etree.Element(etree.QName(ADAPTER, name), nsmap={"a": ADAPTER})


def _message(result: Element, kind: str) -> Element:
    return put(result, ADAPTER, "Message", **{f"{{{XSI}}}type": f"a:{kind}"})
