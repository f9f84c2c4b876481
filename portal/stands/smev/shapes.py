"""The shape of what comes in: which elements, in which order, how written. By the schemas of the exchange."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lxml import etree

from portal.stands.smev.faults import FAMILY, Refusal
from portal.stands.smev.markup import DS, Element, found, inside, name_of

ADAPTER: Final = "urn://x-artefacts-smev-gov-ru/services/service-adapter/types"
_UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_MOMENT: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"
_ANY: Final = r"(?s).*"
_VOID: Final = r"\s*"


@dataclass(frozen=True, slots=True)
class Part:
    """A child: its name (``b:`` for the basic types), how its text is written, and whether it must be there."""

    name: str
    text: str = _ANY
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the direct exchange: the signed element, and its parts."""

    target: str
    parts: Sequence[Part] = ()
    text: str = _VOID


OPERATIONS: Final[Mapping[str, Operation]] = {
    "SendRequest": Operation(
        "SenderProvidedRequestData",
        (
            Part("MessageID", _UUID),
            Part("ReferenceMessageID", _UUID, needed=False),
            Part("TransactionCode", r".{0,1500}", needed=False),
            Part("NodeID", r".{0,50}", needed=False),
            Part("EOL", _MOMENT, needed=False),
            Part("b:MessagePrimaryContent", _VOID),
            Part("PersonalSignature", _VOID, needed=False),
            Part("b:AttachmentHeaderList", _VOID, needed=False),
            Part("b:RefAttachmentHeaderList", _VOID, needed=False),
            Part("BusinessProcessMetadata", _VOID, needed=False),
            Part("TestMessage", _VOID, needed=False),
        ),
    ),
    "GetResponse": Operation(
        "b:MessageTypeSelector",
        (
            Part("b:NamespaceURI", needed=False),
            Part("b:RootElementLocalName", r"[^\s:]+", needed=False),
            Part("b:Timestamp", _MOMENT),
            Part("b:NodeID", r".{0,50}", needed=False),
        ),
    ),
    "Ack": Operation("b:AckTargetMessage", (), _UUID),
    "GetStatus": Operation("b:Timestamp", (), _MOMENT),
}
_SENDING: Final = (Part("itSystem", r".{1,50}"), Part("RequestMessage", _VOID))
_GETTING: Final = (Part("itSystem", r".{1,50}"), Part("nodeId", r".{0,50}", needed=False))
#: What the adapter is asked: by its root element, and the action it comes with.
ADAPTER_OPERATIONS: Final[Mapping[str, tuple[str, Sequence[Part]]]] = {
    "ClientMessage": ("Send", _SENDING),
    "MessageQuery": ("Get", (*_GETTING, Part("specificQuery", _VOID, needed=False))),
    "FindMessageQuery": ("Find", (Part("itSystem", r".{1,50}"), Part("specificQuery", _VOID))),
}


def demand_shape(request: Element, operation: str, version: str) -> tuple[Element, Element | None]:
    """The signed element and the holder of its signature; raises Refusal."""
    wanted = OPERATIONS[operation]
    types = f"{FAMILY}{version}"
    names = [*inside(request)]
    if not names or name_of(names[0]) != _qualified(wanted.target, version):
        raise Refusal("InvalidContent", wanted.target)
    target, holder = names[0], found(request, types, "CallerInformationSystemSignature")
    if len(names) > 2 or (len(names) == 2 and names[1] is not holder):  # noqa: PLR2004 - what is signed, and by whom
        raise Refusal("InvalidContent", operation)
    if not target.get("Id") or not re.fullmatch(wanted.text, (target.text or "").strip()):
        raise Refusal("InvalidContent", wanted.target)
    if operation == "Ack" and version == "1.1" and target.get("accepted") is None:
        raise Refusal("InvalidContent", "accepted")
    demand_parts(target, [(_qualified(part.name, version), part) for part in wanted.parts])
    return target, holder


def demand_parts(parent: Element, rules: Sequence[tuple[tuple[str, str], Part]]) -> None:
    """Every child in its place, each once, none that is not known; raises Refusal."""
    children = list(inside(parent))
    for name, part in rules:
        if children and name_of(children[0]) == name:
            child = children.pop(0)
            if not re.fullmatch(part.text, (child.text or "").strip()):
                raise Refusal("InvalidContent", part.name)
        elif part.needed:
            raise Refusal("InvalidContent", part.name)
    if children:
        raise Refusal("InvalidContent", name_of(children[0])[1])


def adapter_rules(parts: Sequence[Part]) -> list[tuple[tuple[str, str], Part]]:
    return [((ADAPTER, part.name), part) for part in parts]


def primary_content(carrying: Element | None) -> Element:
    """The one business element; raises Refusal."""
    contents = [] if carrying is None else list(inside(carrying))
    if len(contents) != 1 or name_of(contents[0])[0] in {"", DS} or name_of(contents[0])[0].startswith(FAMILY):
        raise Refusal("InvalidContent", "MessagePrimaryContent")
    return contents[0]


class Schemas:
    """The official schemas, where they are at hand: a second judge of the same requests."""

    def __init__(self, folder: Path | None) -> None:
        self._schemas: dict[str, etree.XMLSchema] = {}
        for path in folder.glob("exchange-*/smev-message-exchange-types-*.xsd") if folder else ():
            self._schemas[path.stem.rpartition("-")[2]] = etree.XMLSchema(etree.parse(path))

    def demand(self, request: Element, version: str) -> None:
        """Raises Refusal for what is not valid; versions without a schema are not judged."""
        schema = self._schemas.get(version)
        if schema is not None and not schema.validate(etree.ElementTree(request)):
            raise Refusal("InvalidContent", str(schema.error_log)[:200])


def _qualified(name: str, version: str) -> tuple[str, str]:
    basic, _, local = name.rpartition(":")
    return (f"{FAMILY}basic/{version}" if basic else f"{FAMILY}{version}"), local
