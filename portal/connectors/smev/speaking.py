"""One question and its answer over HTTP, whichever transport it belongs to."""

from dataclasses import dataclass

from portal.connectors.smev.answers import payload_of
from portal.connectors.smev.faults import Faulted
from portal.connectors.smev.http import Endpoint, unavailable
from portal.connectors.smev.multipart import root_part
from portal.connectors.smev.outcomes import raised
from portal.connectors.smev.safe_xml import BadXml, Element, parse


@dataclass(frozen=True, slots=True)
class Said:
    """What was sent, what came as it came, and the element in its body."""

    request: bytes
    raw: bytes
    payload: Element | None


def ask(endpoint: Endpoint, action: str, request: bytes) -> Said:
    """Raises Faulted, BadXml, OutsideUnavailable."""
    reply = endpoint.post(request, action)
    if not reply.body.strip():
        return Said(request, reply.body, None)
    root = parse(root_part(reply.body, reply.content_type), limit=endpoint.limit)
    return Said(request, reply.body, payload_of(root, reply.body))


def demand(endpoint: Endpoint, action: str, request: bytes) -> Said:
    """The same for questions that answer with a value: raises OutsideUnavailable only."""
    try:
        return ask(endpoint, action, request)
    except Faulted as error:
        raise raised(error.fault) from error
    except BadXml as error:
        raise unavailable(error) from error
