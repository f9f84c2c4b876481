"""The transform ``urn://smev-gov-ru/xmldsig/transform``: one text for every way of writing the same message.

Instructions, comments and blank text go; every qualified name gets a prefix counted through the document; attributes
are put in order; empty elements have both tags. It comes after exclusive canonicalisation, which changes nothing it
looks at except that texts around a comment become one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from portal.connectors.smev.safe_xml import Element, qualified

ALGORITHM: Final = "urn://smev-gov-ru/xmldsig/transform"
#: What counts as blank: every character up to the space; a no-break space is text.
_BLANK: Final = "".join(map(chr, range(0x21)))
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;"})
_ATTRIBUTE: Final = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;"})
_GREATER: Final = str.maketrans({">": "&gt;"})
_Scope = dict[str, str]


class NotTransformable(ValueError):  # noqa: N818 - named after what it is
    """The transform is not defined for this element; the argument says why."""


def transformed(element: Element, *, escape_greater: bool = False) -> bytes:
    """The octets to be digested.

    Writers disagree whether ``>`` is escaped: what we send has none, what we receive is tried both ways.
    """
    writing = _Writing(escape_greater)
    writing.element(element, {})
    return "".join(writing.parts).encode()


def has_greater(element: Element) -> bool:
    """Whether the two ways of writing ``>`` differ for this element."""
    return any(
        ">" in (node.text or "") or ">" in (node.tail or "") or any(">" in str(value) for value in node.attrib.values())
        for node in element.iter()
    )


@dataclass(slots=True)
class _Writing:
    escape_greater: bool
    parts: list[str] = field(default_factory=list)
    counter: int = 0

    def element(self, element: Element, scope: _Scope) -> None:
        namespace, local = qualified(element)
        if not namespace:
            raise NotTransformable(f"element {local} has no namespace")
        attributes = _sorted_attributes(element)
        missing = [used for used in (namespace, *(one[0] for one in attributes)) if used and used not in scope]
        declarations = ""
        if missing:
            scope, declarations = self._declared(missing, scope)
        name = f"{scope[namespace]}:{local}"
        self.parts.append(f"<{name}{declarations}{self._written(attributes, scope) if attributes else ''}>")
        for piece in _pieces(element):
            if isinstance(piece, str):
                self.parts.append(self._escaped(piece, _TEXT))
            else:
                self.element(piece, scope)
        self.parts.append(f"</{name}>")

    def _declared(self, missing: list[str], outer: _Scope) -> tuple[_Scope, str]:
        scope, declarations = dict(outer), ""
        for namespace in dict.fromkeys(missing):
            self.counter += 1
            scope[namespace] = f"ns{self.counter}"
            declarations += f' xmlns:ns{self.counter}="{self._escaped(namespace, _ATTRIBUTE)}"'
        return scope, declarations

    def _written(self, attributes: list[tuple[str, str, str]], scope: _Scope) -> str:
        return "".join(
            f' {scope[namespace]}:{local}="{self._escaped(value, _ATTRIBUTE)}"'
            if namespace
            else f' {local}="{self._escaped(value, _ATTRIBUTE)}"'
            for namespace, local, value in attributes
        )

    def _escaped(self, text: str, table: dict[int, str]) -> str:
        text = text.translate(table)
        return text.translate(_GREATER) if self.escape_greater else text


def _sorted_attributes(element: Element) -> list[tuple[str, str, str]]:
    """(namespace, local name, value): the qualified ones first."""
    split = []
    for name, value in element.items():
        namespace, _, local = str(name).rpartition("}")
        split.append((namespace[1:], local, str(value)))
    return sorted(split, key=_order) if len(split) > 1 else split


def _order(attribute: tuple[str, str, str]) -> tuple[bool, tuple[str, str, str]]:
    return not attribute[0], attribute


def _pieces(element: Element) -> Iterator[Element | str]:
    """Texts and child elements in order; a comment joins the texts around it, an instruction parts them."""
    text = element.text or ""
    for node in element:
        tag: object = node.tag  # what is no element has a function for its tag, which the stubs do not know
        if tag is etree.Comment:
            text += node.tail or ""
            continue
        if text.strip(_BLANK):
            yield text
        if tag is not etree.ProcessingInstruction:
            if not isinstance(tag, str):
                raise NotTransformable("an entity")
            yield node
        text = node.tail or ""
    if text.strip(_BLANK):
        yield text
