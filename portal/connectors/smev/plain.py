"""What we send: no ``>``, which writers escape differently, and no control characters, which registers choke on."""

import re
from typing import Final

from lxml import etree

from portal.connectors.smev.safe_xml import Element, qualified

_FORBIDDEN: Final = re.compile(r"[>\x00-\x1f\x7f-\x9f\ufffe\uffff]")
_BLANK: Final = re.compile(r"[\t\n\r ]*")


class NotPlain(ValueError):  # noqa: N818 - named after what it is
    """A value may not be sent as it is; the argument names the element, never the value."""


def demand_plain(root: Element) -> None:
    """Raise NotPlain for the first value that may not travel; blanks between elements may."""
    for node in root.iter():
        if not isinstance(node.tag, str):
            raise NotPlain("a comment or an instruction")
        namespace, local = qualified(node)
        if not namespace:
            raise NotPlain(f"{local} has no namespace")
        values = [str(value) for value in node.attrib.values()]
        values += [text for text in (node.text or "", *_tails(node)) if not _BLANK.fullmatch(text)]
        if any(_FORBIDDEN.search(value) for value in values):
            raise NotPlain(local)


def _tails(node: Element) -> list[str]:
    return [child.tail or "" for child in node.iterchildren(tag=etree.Element)]
