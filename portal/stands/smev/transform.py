"""The transform ``urn://smev-gov-ru/xmldsig/transform``, read from its rules a second time.

It works on what exclusive canonicalisation wrote: no comments, no empty tags, no declarations that nobody uses.
"""

from collections.abc import Iterator
from itertools import count
from typing import Final

from lxml import etree

from portal.stands.smev.markup import Element, plain

ALGORITHM: Final = "urn://smev-gov-ru/xmldsig/transform"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_Names = dict[str, str]


def transformed(element: Element) -> bytes:
    """The octets a digest is taken of."""
    return "".join(_pieces(etree.fromstring(plain(element)))).encode()


def _pieces(root: Element) -> Iterator[str]:
    numbers = count(1)
    scopes: list[_Names] = [{}]
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            names = dict(scopes[-1])
            scopes.append(names)
            yield from _opening(node, names, numbers)
            yield _text(node.text)
        else:
            own = etree.QName(node)
            yield f"</{scopes.pop()[own.namespace or '']}:{own.localname}>"
            if node is not root:
                yield _text(node.tail)


def _opening(node: Element, names: _Names, numbers: "count[int]") -> Iterator[str]:
    own = etree.QName(node)
    attributes = sorted(map(_split, node.attrib.items()), key=_rank)
    yield_later = []
    for namespace in (own.namespace or "", *(one[0] for one in attributes if one[0])):
        if namespace not in names:
            names[namespace] = f"ns{next(numbers)}"
            yield_later.append(f' xmlns:{names[namespace]}="{_quoted(namespace)}"')
    yield f"<{names[own.namespace or '']}:{own.localname}"
    yield from yield_later
    for namespace, local, value in attributes:
        prefix = f"{names[namespace]}:" if namespace else ""
        yield f' {prefix}{local}="{_quoted(value)}"'
    yield ">"


def _split(attribute: tuple[object, object]) -> tuple[str, str, str]:
    name = etree.QName(str(attribute[0]))
    return name.namespace or "", name.localname, str(attribute[1])


def _rank(attribute: tuple[str, str, str]) -> tuple[bool, str, str]:
    return attribute[0] == "", attribute[0], attribute[1]


def _text(text: str | None) -> str:
    """Text as it is; what is made of spaces and controls only is nothing."""
    if not text or all(character <= " " for character in text):
        return ""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
