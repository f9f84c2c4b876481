"""One-time codes as people copy and type them."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.agent_codes import (
    ALPHABET,
    BadCode,
    fingerprint_of,
    grouped,
    new_code,
    read_code,
    read_fingerprint,
)

FINGERPRINT = fingerprint_of(b"certificate")


def test_a_code_is_thirty_six_characters_in_groups() -> None:
    code = new_code(FINGERPRINT)
    assert [len(group) for group in code.text.split("-")] == [4] * 9
    assert read_code(code.text) == code
    assert code.secret not in repr(code)
    assert new_code(FINGERPRINT).secret != code.secret


@given(st.binary(max_size=64))
def test_a_fingerprint_is_the_head_of_the_digest(certificate: bytes) -> None:
    found = fingerprint_of(certificate)
    number = sum(ALPHABET.index(letter) << 5 * place for place, letter in enumerate(reversed(found)))
    assert number.to_bytes(10) == sha256(certificate).digest()[:10]
    assert read_fingerprint(grouped(found)) == found


def test_what_is_misread_is_understood() -> None:
    assert read_fingerprint(" oiL0 abcd-efgh jkmn ") == "0110ABCDEFGHJKMN"


@pytest.mark.parametrize("typed", ["", "ABCD", "0" * 35, "0" * 37, "U" * 36, "Ж" * 36, "0" * 35 + "!"])
def test_what_is_no_code_is_said(typed: str) -> None:
    with pytest.raises(BadCode):
        read_code(typed)
    with pytest.raises(BadCode):
        read_fingerprint(typed)
