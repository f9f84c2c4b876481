"""XML as the stand reads and writes it."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for the type of what it hands out

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
LIMIT: Final = 5 * 1024 * 1024


class Malformed(ValueError):  # noqa: N818 - named after what it is
    """What came is not XML that we read."""


def read(octets: bytes) -> Element:
    """The root of a document without a document type; raises Malformed."""
    if len(octets) > LIMIT:
        raise Malformed("too long")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Malformed(str(error)[:200]) from error
    if b"<!DOCTYPE" in octets:
        raise Malformed("a document type")
    if any(not isinstance(node.tag, str) for node in root.iter()):
        raise Malformed("a comment, an instruction or an entity")
    return root


def write(root: Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def make(namespace: str, name: str, text: str = "", **attributes: str) -> Element:
    made = etree.Element(etree.QName(namespace, name), attributes)
    made.text = text or None
    return made


def put(parent: Element, namespace: str, name: str, text: str = "", **attributes: str) -> Element:
    """A new last child."""
    made = etree.SubElement(parent, etree.QName(namespace, name), attributes)
    made.text = text or None
    return made


def name_of(element: Element) -> tuple[str, str]:
    """Namespace and local name."""
    name = etree.QName(element)
    return name.namespace or "", name.localname


def inside(parent: Element) -> Iterator[Element]:
    return parent.iterchildren(tag=etree.Element)


def found(parent: Element | None, namespace: str, name: str) -> Element | None:
    return None if parent is None else parent.find(f"{{{namespace}}}{name}")


def said(parent: Element | None, namespace: str, name: str) -> str:
    """The text of this child; empty where there is none."""
    return "" if parent is None else (parent.findtext(f"{{{namespace}}}{name}") or "").strip()


def plain(element: Element) -> bytes:
    """An element by itself, with the namespaces it uses and no others."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def soap(payload: Element | None) -> Element:
    """An envelope around this."""
    root = etree.Element(etree.QName(SOAP, "Envelope"), nsmap={"soap": SOAP})
    put(root, SOAP, "Header")
    body = put(root, SOAP, "Body")
    if payload is not None:
        body.append(payload)
    return root
