"""Files of certificates that are believed, and the text they are kept as."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.exchange_trust import as_pem, certificates_in

DERS = st.lists(st.binary(min_size=1, max_size=200).map(lambda octets: b"\x30" + octets), min_size=1, unique=True)


@given(DERS)
def test_what_is_kept_is_read_back_each_once(ders: list[bytes]) -> None:
    assert certificates_in(as_pem([*ders, *ders]).encode()) == tuple(ders)


def test_one_in_der_is_taken_as_it_is() -> None:
    assert certificates_in(b"\x30\x03abc") == (b"\x30\x03abc",)


def test_words_around_the_blocks_do_no_harm() -> None:
    assert certificates_in(("СМЭВ\n" + as_pem([b"\x30one"]) + "\nend").encode()) == (b"\x30one",)


@pytest.mark.parametrize(
    "octets",
    [b"", b"nothing", b"\xff\xfe", as_pem([b"no sequence"]).encode(), as_pem([b"\x30"]).replace("MA==", "M").encode()],
)
def test_what_is_no_certificate_is_refused(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not a file of certificates"):
        certificates_in(octets)
