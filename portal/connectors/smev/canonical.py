"""Exclusive canonical XML 1.0 without comments, and the same octets for what is stored or carried."""

from typing import Final

from lxml import etree

from portal.connectors.smev.safe_xml import BadXml, Element

EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"


def canonical(element: Element) -> bytes:
    """This element, its descendants and the namespaces they use, whatever surrounds them; raises BadXml.

    Canonical XML is not defined for relative namespaces, which parse all the same.
    """
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise BadXml("has no canonical form") from error
