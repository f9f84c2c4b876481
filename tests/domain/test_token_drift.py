"""What is on a token against what our records explain of it."""

from datetime import timedelta

import pytest

from portal.domain.contents import TokenCertificate, TokenContents, TokenKey
from portal.domain.token_drift import Explained, gone, unexplained
from tests.support.clock import NOON


def a_certificate(fingerprint: str, key_id: str) -> TokenCertificate:
    return TokenCertificate(
        fingerprint, key_id, "", "CN=A", "CN=B", "01", NOON, NOON + timedelta(days=365), has_key=True
    )


def a_key(key_id: str) -> TokenKey:
    return TokenKey(key_id, "", "RSA-2048", public=True, private=None)


SEEN = TokenContents("1", (a_certificate("aa", "01"), a_certificate("bb", "02")), (a_key("01"), a_key("03")))


def test_what_has_to_be_there_and_is_not_is_gone() -> None:
    assert gone(SEEN, Explained(ours={"aa", "cc"}, others={"dd"})) == {"cc"}


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (Explained(), [("01", "aa"), ("02", "bb"), ("03", "")]),
        (Explained(ours={"aa"}, others={"bb"}), [("03", "")]),
        (Explained(ours={"aa", "bb"}, keys={"03"}), []),
        (Explained(others={"aa"}, keys={"02", "03"}), [("02", "bb")]),
    ],
    ids=["nothing is known", "a key alone", "all is known", "a certificate with a key of ours"],
)
def test_what_no_record_is_about_is_told_by_its_place(told: Explained, left: list[tuple[str, str]]) -> None:
    assert list(unexplained(SEEN, told)) == left
