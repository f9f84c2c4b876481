"""What a workstation and the portal say survives the way; what is not of the protocol does not get in."""

import json
from datetime import UTC, datetime
from typing import get_args

import pytest

from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import PinTries, TokenContents, TokenKey, TokenSighting
from portal.domain.outcomes import WaitingFor
from portal.domain.plain_json import CodecError
from portal.domain.troubles import Trouble, why
from portal.ports.agent_orders import (
    ListReport,
    OrderKind,
    OrderResult,
    SentOrder,
    SignedList,
    StepList,
    received,
    sent,
)
from portal.ports.agent_protocol import LONGEST_MESSAGE, PollAnswer, PollRequest, dump, load
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    ObjectOrder,
    Pin,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    ResetPin,
    SignRequest,
    TokenReply,
    WriteCertificate,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDERS: tuple[ObjectOrder, ...] = (
    ReadContents(),
    GenerateKeyPair("0a", "Подпись", KeyAlgorithm.EC_P256),
    SignRequest("0a", (("CN", "Анна"),), (("email", "a@example.test"),)),
    WriteCertificate("0a", "Подпись", b"\x30\x00"),
    ImportKeyPair("0b", "Общий", b"\x30\x00", b"\x30\x01"),
    ProveCertificate("0a", "ff"),
    RemoveCertificate("0a", "ff"),
    RemoveKeyPair("0a"),
)


def test_every_order_about_objects_travels() -> None:
    assert {type(order) for order in ORDERS} == set(get_args(ObjectOrder))
    for number, order in enumerate(ORDERS, 1):
        arrived = load(SentOrder, dump(sent(order, seq=number, doubtful=True)))
        assert received(arrived) == order
        assert (arrived.seq, arrived.doubtful) == (number, True)


@pytest.mark.parametrize("order", [ChangePin(Pin("1")), ResetPin(Pin("1"))], ids=["change", "reset"])
def test_an_order_that_holds_a_pin_never_travels(order: ChangePin | ResetPin) -> None:
    with pytest.raises(ValueError, match="Pin"):
        sent(order)


def test_a_private_key_is_not_shown() -> None:
    assert "30" not in repr(sent(ImportKeyPair("0b", "l", b"c", b"\x30\x01"))).partition("private")[2]


def test_a_key_pair_needs_an_algorithm() -> None:
    with pytest.raises(ValueError, match="generate"):
        received(SentOrder(1, OrderKind.GENERATE_KEY_PAIR, key_id="0a"))


def test_lists_reports_and_polls_survive_the_way() -> None:
    work = StepList("l1", "t1", "a1", "0042", 2, NOW, NOW, tuple(map(sent, ORDERS)), "aa")
    contents = TokenContents("0042", (), (TokenKey("0a", "k", "EC", public=True, private=None),))
    refused = OrderResult(2, why=why(Trouble.TOKEN_REMOVED, "x", b="2"), whom=WaitingFor.TOKEN)
    report = ListReport("l1", 2, (OrderResult(1, TokenReply(contents, b"\x01", b"\x02", "ff")), refused), "bb")
    seen = TokenSighting("0042", "l", "m", "v", PinTries.LOW, contents, read_at=NOW)
    poll = PollRequest("1.0", "anna", "ru", "cc", (seen,), ("module_missing",), ("l1",))
    answer = PollAnswer(NOW, 30, lists=(SignedList(dump(work).decode(), b"\x05"),))
    for message in (work, report, poll, answer):
        assert load(type(message), dump(message)) == message


def test_an_older_program_leaves_out_what_it_does_not_know() -> None:
    told = json.loads(dump(PollAnswer(NOW, 30))) | {"weather": "fine"}
    assert load(PollAnswer, json.dumps(told)) == PollAnswer(NOW, 30)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{}",
        b'{"now": 5, "next_poll": 1}',
        b'{"now": "2026-03-01T12:00:00", "next_poll": 1}',
        b'{"now": "2026-03-01T12:00:00+00:00", "next_poll": true}',
        b"[" * 100_000,
        b" " * (LONGEST_MESSAGE + 1),
    ],
    ids=["empty", "list", "object", "number", "no zone", "truth", "deep", "long"],
)
def test_what_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(CodecError):
        load(PollAnswer, text)
