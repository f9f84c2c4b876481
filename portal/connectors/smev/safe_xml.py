"""The only door through which XML comes in: UTF-8, no document type, no entities, bounded in size and depth."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element  # noqa: SLF001 - lxml has no public name for the type of what it hands out

MEBIBYTE: Final = 1024 * 1024
LIMIT: Final = 8 * MEBIBYTE
_BOM: Final = b"\xef\xbb\xbf"
_DOCTYPE: Final = b"<!DOCTYPE"


class BadXml(ValueError):  # noqa: N818 - named after what it is
    """What came in is not XML that we read; the argument says why."""


def parse(data: bytes, *, limit: int = LIMIT) -> Element:
    """The root element without comments; raises BadXml.

    A document type is refused before the parser sees it. Comments are dropped, so that a text read is the text that
    was signed; instructions, which SOAP forbids, would part a text in two and are refused.
    """
    if len(data) > limit:
        raise BadXml("too long")
    data = data.removeprefix(_BOM)
    _demand_utf8(data)
    if _DOCTYPE in data:
        raise BadXml("document type")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise BadXml(f"not well-formed: {error.msg}"[:200]) from error
    if next(root.iter(etree.ProcessingInstruction), None) is not None:
        raise BadXml("processing instruction")
    return root


def _parser() -> etree.XMLParser:
    # one parser per document: a shared one serialises threads; what the declaration says of the encoding is not asked
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        collect_ids=False,
        remove_comments=True,
    )


def _demand_utf8(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadXml("not UTF-8") from error


def elements(parent: Element) -> Iterator[Element]:
    """The child elements, without comments and instructions."""
    return parent.iterchildren(tag=etree.Element)


def qualified(element: Element) -> tuple[str, str]:
    """Namespace and local name; the namespace is empty where there is none."""
    name = str(element.tag)
    if name[:1] != "{":
        return "", name
    namespace, _, local = name[1:].partition("}")
    return namespace, local


def text_of(element: Element | None) -> str:
    """The text of a leaf without surrounding blanks; empty where there is no such element."""
    return "" if element is None else (element.text or "").strip()


def child(parent: Element, local: str, namespace: str | None = None) -> Element | None:
    """The first child element of this name; in any namespace when none is named."""
    return next(iter(children(parent, local, namespace)), None)


def children(parent: Element, local: str, namespace: str | None = None) -> list[Element]:
    """Every child element of this name, in order."""
    return [
        element
        for element in elements(parent)
        if (name := qualified(element))[1] == local and namespace in {None, name[0]}
    ]
