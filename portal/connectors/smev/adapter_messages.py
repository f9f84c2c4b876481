"""What is said to and by the standard adapter, in the namespace of its service."""

from dataclasses import dataclass
from typing import Final

from lxml import etree

from portal.connectors.smev.answers import identified, moment_of, only, reject_of
from portal.connectors.smev.canonical import canonical
from portal.connectors.smev.envelope import moment
from portal.connectors.smev.faults import NUMBERS, number_in
from portal.connectors.smev.plain import demand_plain
from portal.connectors.smev.safe_xml import BadXml, Element, children, elements, parse, text_of
from portal.ports.exchange import OutgoingMessage, Received, Reject, Rule, SignatureState, StatusNote

TYPES: Final = "urn://x-artefacts-smev-gov-ru/services/service-adapter/types"
REQUEST: Final = "GET_REQUEST_BY_REQUEST_CLIENTID"
_ERROR: Final = "ERROR"
RESPONSE: Final = "GET_RESPONSE_BY_REQUEST_CLIENTID"


@dataclass(frozen=True, slots=True)
class Addressed:
    """As whom we speak to the adapter: the mnemonics of our system, and of the node where there is one."""

    system: str
    node: str = ""


# ── saying ────────────────────────────────────────────────────────────────────


def client_message(message: OutgoingMessage, who: Addressed) -> Element:
    """``Send``: one question; raises BadXml or NotPlain when its content may not travel."""
    content = parse(message.content)
    demand_plain(content)
    root = _spoken("ClientMessage", who)
    request = _made(root, "RequestMessage")
    metadata = _made(request, "RequestMetadata")
    _made(metadata, "clientId", message.message_id)
    if who.node:
        _made(metadata, "nodeId", who.node)
    if message.expires_at is not None:
        _made(metadata, "eol", moment(message.expires_at))
    _made(metadata, "testMessage", "true" if message.test else "false")
    carrying = _made(_made(request, "RequestContent"), "content")
    _made(carrying, "MessagePrimaryContent").append(content)
    return root


def message_query(who: Addressed) -> Element:
    """``Get``: the next answer for our system."""
    root = _spoken("MessageQuery", who)
    if who.node:
        _made(root, "nodeId", who.node)
    _made(_made(root, "specificQuery"), "messageTypeCriteria", "RESPONSE")
    return root


def find_message(client_id: str, criteria: str, who: Addressed) -> Element:
    """``Find``: what the adapter keeps for our question."""
    root = _spoken("FindMessageQuery", who)
    wanted = _made(_made(root, "specificQuery"), "messageClientIdCriteria")
    _made(wanted, "clientId", client_id)
    _made(wanted, "clientIdCriteria", criteria)
    return root


def _spoken(name: str, who: Addressed) -> Element:
    root = etree.Element(etree.QName(TYPES, name), nsmap={"a": TYPES})
    _made(root, "itSystem", who.system)
    return root


def _made(parent: Element, name: str, text: str = "") -> Element:
    made = etree.SubElement(parent, etree.QName(TYPES, name))
    made.text = text or None
    return made


# ── listening ─────────────────────────────────────────────────────────────────


def sent_id(payload: Element) -> str:
    """The id that the exchange gave to what was sent; raises BadXml."""
    identifier = text_of(only(payload, "MessageId"))
    if not identifier:
        raise BadXml("no MessageId")
    return identifier


def results(payload: Element | None) -> list[Element]:
    """The messages in a QueryResult or a QueryResultList, without empty ones."""
    if payload is None:
        return []
    listed = children(payload, "QueryResult") or [payload]
    return [result for result in listed if len(result)]


def identifier_of(result: Element) -> str:
    """The id by which the exchange knows this message."""
    return text_of(only(only(result, "smevMetadata"), "MessageId"))


def read_result(result: Element, raw: bytes) -> Received:
    """One message; raises BadXml for what is no answer to us."""
    smev, message = only(result, "smevMetadata"), only(result, "Message")
    metadata = only(message, "ResponseMetadata")
    noted = only(message, "statusMetadata")
    if message is None or (metadata is None and noted is None):
        raise BadXml("not an answer")
    content = only(message, "ResponseContent")
    return Received(
        message_id=identified(
            text_of(only(smev, "MessageId")) or text_of(only(metadata if noted is None else noted, "clientId"))
        ),
        original_id=text_of(only(metadata, "replyToClientId")) or text_of(only(noted, "originalClientId")),
        raw=raw,
        signature=SignatureState.NOT_SIGNED,
        content=_content(only(content, "content")),
        rejects=_rejects(content),
        progress=_progress(only(content, "status")),
        status=None if noted is None else _note(message),
        sender=text_of(only(smev, "Sender")),
        sent_at=moment_of(text_of(only(smev, "SendingDate"))),
    )


def _content(carrying: Element | None) -> bytes:
    primary = only(carrying, "MessagePrimaryContent")
    inside = [] if primary is None else list(elements(primary))
    if len(inside) > 1:
        raise BadXml("more than one content")
    return canonical(inside[0]) if inside else b""


def _rejects(content: Element | None) -> tuple[Reject, ...]:
    found = [] if content is None else children(content, "rejects")
    return tuple(reject_of(text_of(only(one, "code")), text_of(only(one, "description"))) for one in found)


def _progress(status: Element | None) -> StatusNote | None:
    if status is None:
        return None
    parameters = {text_of(only(one, "key")): text_of(only(one, "value")) for one in children(status, "parameter")}
    return StatusNote(text_of(only(status, "code")), text_of(only(status, "description")), parameters=parameters)


def _note(message: Element) -> StatusNote:
    """A status on the way, or an error that ended it: ours for good, the server's to be tried as a new message."""
    category, details = text_of(only(message, "status")), text_of(only(message, "details"))
    fault = only(message, "fault")
    if category != _ERROR:
        return StatusNote(category, details)
    said = text_of(only(fault, "description"))
    by_type = Rule.NEW_ID if text_of(only(message, "type")) == "SERVER" else Rule.REFUSE
    number = number_in(f"{said} {details}")
    rule = NUMBERS.get(number, by_type)
    return StatusNote(
        category,
        "\n".join(filter(None, (details, said))),
        f"SMEV-{number}" if number else text_of(only(fault, "code")),
        Rule.NEW_ID if rule is Rule.RESEND_SAME else rule,
    )
