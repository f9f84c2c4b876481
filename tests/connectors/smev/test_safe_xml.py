"""What comes in is parsed without document types, entities and surprises."""

import pytest

from portal.connectors.smev.safe_xml import BadXml, child, children, elements, parse, qualified, text_of

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><lolz>&c;</lolz>"""


@pytest.mark.parametrize(
    ("octets", "because"),
    [
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document type"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>', "document type"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]><a/>', "document type"),
        (LAUGHS, "document type"),
        (b"<a>&x;</a>", "not well-formed"),
        (b"<a><?php evil ?></a>", "processing instruction"),
        (b"", "not well-formed"),
        (b"<a>", "not well-formed"),
        ("<a>й</a>".encode("cp1251"), "not UTF-8"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "not UTF-8"),
        (b"<a>" + b"<a>" * 300 + b"</a>" * 300 + b"</a>", "not well-formed"),
        (b"<a xmlns:b='urn:b'><c:d/></a>", "not well-formed"),
    ],
)
def test_what_is_refused(octets: bytes, because: str) -> None:
    with pytest.raises(BadXml, match=because):
        parse(octets)


def test_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadXml, match="too long"):
        parse(b"<a>" + b"x" * 100 + b"</a>", limit=50)


def test_a_mark_of_the_byte_order_and_a_wrong_declaration_do_not_matter() -> None:
    octets = '\ufeff<?xml version="1.0" encoding="windows-1251"?><a>ёж</a>'.encode()
    assert text_of(parse(octets)) == "ёж"


def test_a_comment_cannot_cut_a_text_short() -> None:
    root = parse(b"<a><b>NO<!-- -->_DATA</b></a>")
    assert text_of(child(root, "b")) == "NO_DATA"


def test_children_are_found_by_name() -> None:
    root = parse(b'<a xmlns="urn:a" xmlns:b="urn:b"><c/><!-- x --><b:c/><d> t </d></a>')
    assert [qualified(element) for element in elements(root)] == [("urn:a", "c"), ("urn:b", "c"), ("urn:a", "d")]
    assert len(children(root, "c")) == 2
    assert len(children(root, "c", "urn:b")) == 1
    assert text_of(child(root, "d", "urn:a")) == "t"
    assert child(root, "e") is None
    assert text_of(None) == ""
    assert qualified(parse(b"<bare/>")) == ("", "bare")
