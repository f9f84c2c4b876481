"""What we never send."""

import pytest
from lxml import etree

from portal.connectors.smev.plain import NotPlain, demand_plain


@pytest.mark.parametrize(
    "text",
    [
        "<a xmlns='urn:a'>1 > 0</a>",
        "<a xmlns='urn:a'>one\ntwo</a>",
        "<a xmlns='urn:a'>one\ttwo</a>",
        "<a xmlns='urn:a'>\u0085</a>",
        "<a xmlns='urn:a' b='&#10;'/>",
        "<a xmlns='urn:a' b='>'/>",
        "<a xmlns='urn:a'><b/>></a>",
        "<a xmlns='urn:a'>\ufffe</a>".replace("\ufffe", "\x7f"),
        "<a xmlns='urn:a'><!-- c --></a>",
        "<a xmlns='urn:a'><?i?></a>",
        "<a/>",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(NotPlain):
        demand_plain(etree.fromstring(text))


def test_the_refusal_names_the_place_and_never_the_value() -> None:
    with pytest.raises(NotPlain) as refused:
        demand_plain(etree.fromstring("<a xmlns='urn:a'><lastName>Иванов></lastName></a>"))
    assert str(refused.value) == "lastName"


def test_letters_quotes_and_blanks_between_elements_pass() -> None:
    demand_plain(etree.fromstring("<a xmlns='urn:a'>\n <b c='№ 1 «ё» &lt;&amp;'>O'Нил-Ёлкина\u00a0&amp;</b>\r\n</a>"))
