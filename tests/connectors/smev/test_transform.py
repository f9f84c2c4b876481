"""The transform, rule by rule and against a reading of our own from a model of the document."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from portal.connectors.smev.canonical import canonical
from portal.connectors.smev.transform import NotTransformable, has_greater, transformed


def of(text: str, *, escape_greater: bool = False) -> str:
    return transformed(etree.fromstring(text), escape_greater=escape_greater).decode()


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        # declaration, instructions and comments go; texts around a comment are one text
        (
            "<?xml version='1.0'?><?x y?><a xmlns='urn:a'><!-- c --> b<!-- c --> c<?i?>d</a>",
            '<ns1:a xmlns:ns1="urn:a"> b cd</ns1:a>',
        ),
        # an instruction parts texts: each is looked at for blankness by itself
        ("<a xmlns='urn:a'>b<?i?>  <?i?>c</a>", '<ns1:a xmlns:ns1="urn:a">bc</ns1:a>'),
        ("<a xmlns='urn:a'>b<!-- -->  <!-- -->c</a>", '<ns1:a xmlns:ns1="urn:a">b  c</ns1:a>'),
        # blank text goes, a no-break space is text, text keeps its blanks and lines
        (
            "<a xmlns='urn:a'> \n\t<b>\u00a0</b> <c> x\ny </c></a>",
            '<ns1:a xmlns:ns1="urn:a"><ns1:b>\u00a0</ns1:b><ns1:c> x\ny </ns1:c></ns1:a>',
        ),
        # empty elements have both tags
        ("<a xmlns='urn:a'><b/></a>", '<ns1:a xmlns:ns1="urn:a"><ns1:b></ns1:b></ns1:a>'),
        # siblings declare again with the next number, descendants use what is declared
        (
            "<p:a xmlns:p='urn:a' xmlns:q='urn:q'><q:b><p:d/><q:e/></q:b><q:c/></p:a>",
            (
                '<ns1:a xmlns:ns1="urn:a"><ns2:b xmlns:ns2="urn:q"><ns1:d></ns1:d><ns2:e></ns2:e></ns2:b>'
                '<ns3:c xmlns:ns3="urn:q"></ns3:c></ns1:a>'
            ),
        ),
        # qualified attributes first, by namespace and name; declarations in the order of need
        (
            "<a xmlns='urn:a' xmlns:y='urn:y' xmlns:x='urn:x' z='1' y:b='2' y:a='3' x:c='4' b='5'/>",
            (
                '<ns1:a xmlns:ns1="urn:a" xmlns:ns2="urn:x" xmlns:ns3="urn:y"'
                ' ns2:c="4" ns3:a="3" ns3:b="2" b="5" z="1"></ns1:a>'
            ),
        ),
        # what is escaped
        (
            "<a xmlns='urn:a&amp;b' b='&amp;&lt;&quot;&gt;'>&amp;&lt;&quot;'></a>",
            '<ns1:a xmlns:ns1="urn:a&amp;b" b="&amp;&lt;&quot;>">&amp;&lt;"\'></ns1:a>',
        ),
    ],
)
def test_rules(given_text: str, expected: str) -> None:
    assert of(given_text) == expected


def test_the_two_ways_of_writing_the_greater_sign() -> None:
    assert of("<a xmlns='urn:a' b='>'>></a>", escape_greater=True) == '<ns1:a xmlns:ns1="urn:a" b="&gt;">&gt;</ns1:a>'
    assert has_greater(etree.fromstring("<a>></a>"))
    assert has_greater(etree.fromstring("<a><b/>></a>"))
    assert has_greater(etree.fromstring("<a><b c='>'/></a>"))
    assert not has_greater(etree.fromstring("<a b='c'>d</a>"))


def test_what_has_no_namespace_is_refused() -> None:
    with pytest.raises(NotTransformable, match="b has no namespace"):
        of("<a xmlns='urn:a'><b xmlns=''/></a>")


def test_an_entity_is_refused() -> None:
    root = etree.fromstring("<a xmlns='urn:a'>x</a>")
    root.append(etree.Entity("amp2"))
    with pytest.raises(NotTransformable, match="entity"):
        transformed(root)


# ── another reading: from a model, never from XML ─────────────────────────────


@dataclass(frozen=True)
class Node:
    namespace: str
    name: str
    attributes: dict[tuple[str, str], str]
    content: tuple["Node | str", ...]


NAMESPACES = ("urn:a", "urn:b", "http://c/1.0")
NAMES = st.sampled_from(("a", "b", "ИдДок", "long-name.1"))
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters=">\ufffe\uffff"))
FILLED = TEXTS.filter(lambda text: bool(text.strip(" ")))
LEAVES = st.builds(
    Node,
    st.sampled_from(NAMESPACES),
    NAMES,
    st.dictionaries(st.tuples(st.sampled_from(("", *NAMESPACES)), NAMES), TEXTS, max_size=4),
    st.one_of(st.just(()), FILLED.map(lambda text: (text,))),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda node, content: Node(node.namespace, node.name, node.attributes, tuple(content)),
        LEAVES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def expected(node: Node) -> str:
    count = 0

    def written(node: Node, known: dict[str, str]) -> str:
        nonlocal count
        here, declared = dict(known), []
        keys = sorted(node.attributes, key=lambda key: (key[0] == "", key[0], key[1]))
        for namespace in (node.namespace, *(key[0] for key in keys if key[0])):
            if namespace not in here:
                count += 1
                here[namespace] = f"ns{count}"
                declared.append(f' xmlns:ns{count}="{namespace}"')
        attributes = "".join(
            f' {here[key[0]] + ":" if key[0] else ""}{key[1]}="{quoted(node.attributes[key], quotes=True)}"'
            for key in keys
        )
        inner = "".join(quoted(part) if isinstance(part, str) else written(part, here) for part in node.content)
        name = f"{here[node.namespace]}:{node.name}"
        return f"<{name}{''.join(declared)}{attributes}>{inner}</{name}>"

    return written(node, {})


def quoted(text: str, *, quotes: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    return text.replace('"', "&quot;") if quotes else text


def written_somehow(node: Node, draw: st.DataObject, depth: int = 0) -> str:
    """The same document with prefixes, order, blanks, comments and escapes as chance has it."""
    prefixes = {namespace: f"p{depth}{index}" for index, namespace in enumerate(NAMESPACES)}
    default = draw.draw(st.booleans())
    declared = [f'xmlns:{prefix}="{namespace}"' for namespace, prefix in prefixes.items()]
    declared += [f'xmlns="{node.namespace}"'] if default else []
    attributes = [
        f'{prefixes[namespace] + ":" if namespace else ""}{name}="{quoted(value, quotes=True)}"'
        for (namespace, name), value in node.attributes.items()
    ]
    inside = draw.draw(st.permutations(declared + attributes))
    name = node.name if default else f"{prefixes[node.namespace]}:{node.name}"
    filling = draw.draw(st.sampled_from(("", "\n  ", "<!-- c -->", "\t<?i x?>\r\n")))
    pieces = [
        text_somehow(part, draw)
        if isinstance(part, str)
        else filling + written_somehow(part, draw, depth + 1) + filling
        for part in node.content
    ]
    if not pieces and draw.draw(st.booleans()):
        return f"<{name} {' '.join(inside)}/>"
    return f"<{name} {' '.join(inside)}>{''.join(pieces) or filling}</{name}>"


def text_somehow(text: str, draw: st.DataObject) -> str:
    way = draw.draw(st.sampled_from(("plain", "numbers", "comment", "cdata")))
    if way == "numbers":
        return "".join(f"&#x{ord(letter):x};" for letter in text)
    if way == "comment":
        return f"{quoted(text[:1])}<!-- & -->{quoted(text[1:])}"
    return f"<![CDATA[{text}]]>" if way == "cdata" else quoted(text)


@given(tree=TREES, draw=st.data())
def test_every_way_of_writing_a_document_gives_the_one_text(tree: Node, draw: st.DataObject) -> None:
    root = etree.fromstring(written_somehow(tree, draw))
    assert transformed(root).decode() == expected(tree)


@given(tree=TREES)
def test_what_is_transformed_stays_as_it_is(tree: Node) -> None:
    once = expected(tree).encode()
    assert transformed(etree.fromstring(once)) == once


@given(tree=TREES, draw=st.data())
def test_canonicalising_before_it_changes_nothing(tree: Node, draw: st.DataObject) -> None:
    octets = canonical(etree.fromstring(written_somehow(tree, draw)))
    assert transformed(etree.fromstring(octets)).decode() == expected(tree)


@given(tree=TREES)
def test_the_surroundings_do_not_matter(tree: Node) -> None:
    inside = etree.fromstring(f'<x:out xmlns:x="urn:b" xmlns="urn:a">{expected(tree)}</x:out>')[0]
    assert transformed(inside).decode() == expected(tree)
