"""An authority by CMP: servers that answer as badly as they can."""

from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import core
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.connectors.ca.believing import trusted
from portal.connectors.ca.cmp.envelope import Message
from portal.connectors.ca.cmp.opening import checked, opened
from portal.connectors.ca.cmp.status import Failure, Status, said
from portal.connectors.clock import SystemClock
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import InvalidInput
from portal.domain.outcomes import Unknown, Waiting, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.connectors import ConnectorValues
from tests.support.ca_answers import issued, refusal
from tests.support.cmp_answers import ROOT, SECRET, Answer, a_reply, a_server, by_secret
from tests.support.foreign_pki import certified, client_pair, foreign_root
from tests.support.gost import independent_digest
from tests.support.openssl_ca import OpensslCa
from tests.support.pki import a_key, a_named_order
from tests.support.scripted_https import Said
from tests.support.unhurried import check_without_hurry

CLOCK = SystemClock()
KEY = a_key()
MADE, OTHER = certified(ROOT, KEY), certified(ROOT, a_key())
ORDER = a_named_order("one", KEY, template="vpn")
BETWEEN = foreign_root("Between", ROOT)


def test_a_chain_over_an_authority_in_between() -> None:
    made = certified(BETWEEN, KEY)
    content = {**a_reply(made), "ca_pubs": [asn1.Certificate.load(BETWEEN.der)]}
    with a_server(by_secret("ip", content)) as (ca, heard):
        assert issued(ca.request(ORDER)).chain == (BETWEEN.der, ROOT.der)
    assert heard == ["p10cr", "certconf"]


def test_a_certificate_signed_by_gost_is_confirmed_by_its_own_digest(tmp_path: Path) -> None:
    desk = OpensslCa(tmp_path / "gost", 512)
    (tmp_path / "request.p10").write_bytes(ORDER.request)
    desk.sign(tmp_path / "request.p10", tmp_path / "made.pem")
    made = x509.load_pem_x509_certificate((tmp_path / "made.pem").read_bytes()).public_bytes(Encoding.DER)
    told = list[bytes]()

    def answer(asked: Message) -> bytes:
        if asked.kind != "certconf":
            return by_secret("cp", a_reply(made))(asked)
        told.append(asked.content[0]["cert_hash"].native)
        return by_secret("pkiconf", core.Null())(asked)

    with a_server(answer, confirms=True) as (ca, _heard):
        believes = replace(ca, talk=replace(ca.talk, anchors=trusted(desk.trusted)))
        assert issued(believes.request(ORDER)).certificate == made
    assert told == [independent_digest(made, 512)]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (by_secret("cp", a_reply(OTHER)), (Trouble.CA_MISMATCH, "key", True)),
        (by_secret("cp", a_reply(MADE, MADE)), (Trouble.CA_MISMATCH, "unreadable", True)),
        (by_secret("rp", {"status": [said(Status.ACCEPTED)]}), (Trouble.CA_MISMATCH, "unreadable", True)),
        (
            by_secret("cp", {"response": [{"cert_req_id": 0, "status": said(Status.ACCEPTED)}]}),
            (Trouble.CA_MISMATCH, "unreadable", True),
        ),
        (by_secret("cp", a_reply(MADE), answers=b"earlier"), (Trouble.CA_REFUSED, "not_trusted", False)),
        (by_secret("cp", a_reply(MADE), transaction=b"other"), (Trouble.CA_REFUSED, "not_trusted", False)),
        (
            by_secret("cp", {"response": [{"cert_req_id": 0, "status": said(Status.REJECTION, Failure.BAD_PROOF)}]}),
            (Trouble.CA_REFUSED, "said_no", True),
        ),
        (Said(body=b"rubbish"), (Trouble.CA_MISMATCH, "unreadable", True)),
        (Said(body=b""), (Trouble.CA_MISMATCH, "unreadable", True)),
        (Said(status=302, headers=(("Location", "https://192.0.2.1/"),)), (Trouble.CA_REFUSED, "said_no", True)),
        (Said(status=503), (Trouble.CA_UNAVAILABLE, "HTTP 503", False)),
    ],
    ids=[
        "another key", "two answers", "about something else", "no certificate", "to an earlier question",
        "to another order", "refused", "rubbish", "nothing", "elsewhere", "busy",
    ],
)  # fmt: skip
def test_answers_that_help_nobody(answer: Answer | Said, expected: tuple[Trouble, str, bool]) -> None:
    with a_server(answer) as (ca, heard):
        assert refusal(ca.request(ORDER)) == expected
    assert heard.count("p10cr") == 1
    assert ("certconf" in heard) is (expected[1] == "key")  # over there they hear that it is not wanted


@pytest.mark.parametrize("said_to_all", [Said(body=b"0" * 10_000_000), Said(silent=True)], ids=["ten megabytes", "cut"])
def test_an_order_whose_answer_was_lost_is_not_given_again(said_to_all: Said) -> None:
    with a_server(said_to_all) as (ca, heard):
        assert refusal(ca.request(ORDER))[::2] == (Trouble.CA_UNAVAILABLE, False)
        effect = ca.effect_of(ORDER)
        assert isinstance(effect, Unknown)
        assert effect.whom is WaitingFor.RETRY
    assert heard == ["p10cr", "pollreq"]


def test_a_server_that_cannot_tell_now_is_asked_later() -> None:
    away = {"status": said(Status.REJECTION, Failure.UNAVAILABLE, "tea")}
    with a_server(by_secret("error", away)) as (ca, _heard):
        effect = ca.effect_of(ORDER)
        assert isinstance(effect, Unknown)
        assert effect.whom is WaitingFor.RETRY


def test_it_is_asked_again_within_reason() -> None:
    with a_server(by_secret("pollrep", [{"cert_req_id": 0, "check_after": 10**9}])) as (ca, _heard):
        waiting = ca.request(ORDER)
    assert isinstance(waiting, Waiting)
    assert waiting.look_again_at is not None
    assert (waiting.look_again_at - CLOCK.now()).days < 1


def test_a_check_of_somebody_who_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    check_without_hurry(monkeypatch, "cmp")
    no = {"status": said(Status.REJECTION, Failure.BAD_REQUEST, "not here")}
    with a_server(by_secret("error", no)) as (ca, _heard):
        plain = {"address": ca.talk.server.address, "server_trusted": ca.talk.server.trust, "trusted": ROOT.pem}
        plain |= {"profiles": "vpn", "profile_in": "nowhere", "reference": "portal", "answer_seconds": "30"}
        values = ConnectorValues(
            ConnectorKind.CA_CMP, "shy", {**plain, "poll_minutes": "5"}, {"secret": SECRET.decode()}
        )
        assert [line.ok for line in checked(values, CLOCK)] == [True, True, True]


def test_a_key_nobody_can_use() -> None:
    pair = client_pair(ROOT)
    plain = {"address": "https://ca.example", "profiles": "vpn", "profile_in": "nowhere", "trusted": ROOT.pem}
    plain |= {"certificate": pair.pem, "answer_seconds": "30", "poll_minutes": "5"}
    block = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----"
    with pytest.raises(InvalidInput) as error:
        opened(ConnectorValues(ConnectorKind.CA_CMP, "there", plain, {"key": block}), CLOCK)
    assert error.value.fields == {"key": "bad_private_key"}
