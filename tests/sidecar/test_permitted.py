"""Nothing but the one known form is signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.connectors.smev.signature import signed_info
from portal.ports.signer import Strength
from portal.sidecar.permitted import permitted

FORM = signed_info("ID_1", b"d" * 32, Strength.GOST_256)
STRONG = signed_info("ID_1", b"d" * 64, Strength.GOST_512)


def test_what_the_portal_makes_is_permitted() -> None:
    assert permitted(FORM, 256)
    assert permitted(STRONG, 512)


def test_each_key_has_its_own_algorithms() -> None:
    assert not permitted(FORM, 512)
    assert not permitted(STRONG, 256)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"pay a million",
        FORM + b"\n",
        b"\n" + FORM,
        FORM + FORM,
        FORM.replace(b"#ID_1", b"http://evil/"),
        FORM.replace(b"#ID_1", b"#"),
        FORM.replace(b"#ID_1", b'#"'),
        FORM.replace(b"#ID_1", b"#" + b"a" * 65),
        FORM.replace(b"urn://smev-gov-ru/xmldsig/transform", b"http://www.w3.org/2000/09/xmldsig#base64"),
        FORM.replace(b"ds:", b"s:"),
        FORM.replace(b"ZGRk", b"Z GR"),
    ],
)
def test_everything_else_is_not(octets: bytes) -> None:
    assert not permitted(octets, 256)


@given(st.integers(0, len(FORM) - 1), st.integers(1, 255))
def test_one_changed_octet_is_only_ever_another_name_or_digest(place: int, change: int) -> None:
    octets = bytearray(FORM)
    octets[place] ^= change
    name = range(FORM.index(b"ID_1"), FORM.index(b"ID_1") + 4)
    digest = range(FORM.index(b"ZGRk"), FORM.index(b"</ds:DigestValue>"))
    if permitted(bytes(octets), 256):
        assert place in name or place in digest
