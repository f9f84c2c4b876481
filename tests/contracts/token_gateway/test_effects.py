"""What became of an order: seen on the token, unknown while it is away."""

import pytest

from portal.domain.certificate import KeyAlgorithm
from portal.domain.outcomes import Absent, Effect, Happened, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    Pin,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    SignRequest,
    TokenGateway,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.contracts.token_gateway.rigs import (
    EVERYWHERE,
    ONE,
    SUBJECT,
    TWO,
    WITH_CUTS,
    Rig,
    common,
    contents_of,
    done,
    fingerprint,
    generated,
    issued,
    refused,
)
from tests.support.issuing import certificate_for, ready_key, spki_of


def test_a_missing_token_is_waited_for(rig: Rig) -> None:
    rig.pull(rig.serial)
    with rig.open() as gateway:
        answer = refused(gateway.carry_out(ReadContents()), Trouble.TOKEN_ABSENT)
        assert (answer.permanent, answer.whom) == (False, WaitingFor.TOKEN)
        rig.plug(rig.other)
        answer = refused(gateway.carry_out(ReadContents()), Trouble.WRONG_TOKEN)
        assert (answer.whom, answer.why.get("seen")) == (WaitingFor.TOKEN, rig.other)
        rig.plug(rig.serial)
        contents_of(gateway)


@pytest.mark.parametrize(
    "order",
    [
        ReadContents(),
        GenerateKeyPair(TWO, "Ключ", KeyAlgorithm.EC_P256),
        SignRequest(ONE, SUBJECT, ()),
        WriteCertificate(TWO, "x", certificate_for(spki_of(ready_key("p256")))),
        common("p256", "03" * 20),
        ProveCertificate(ONE, "ab"),
        RemoveCertificate(ONE, "ab"),
        RemoveKeyPair(TWO),
        RemoveKeyPair(ONE),
        ChangePin(Pin("55555")),
    ],
    ids=lambda order: type(order).__name__,
)
def test_a_token_pulled_in_mid_run_is_noticed_by_every_order(rig: Rig, order: TokenOrder) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway)
        rig.pull(rig.serial)
        answer = refused(gateway.carry_out(order), Trouble.TOKEN_REMOVED)
        assert (answer.permanent, answer.whom) == (False, WaitingFor.TOKEN)
        doubt = gateway.effect_of(RemoveKeyPair(ONE))
        assert isinstance(doubt, Unknown)
        rig.plug(rig.serial)
    with rig.open() as gateway:  # another run: after a PIN change in doubt, no sign-in happens in the same one
        assert contents_of(gateway) == before


def effects() -> list[tuple[str, TokenOrder]]:
    return [
        ("generate", GenerateKeyPair(TWO, "Ключ", KeyAlgorithm.EC_P256)),
        ("write", WriteCertificate(TWO, "x", certificate_for(spki_of(ready_key("p256"))))),
        ("import", common("rsa2048")),
        ("remove pair", RemoveKeyPair(ONE)),
    ]


@pytest.mark.parametrize("rig", WITH_CUTS, indirect=True)
@pytest.mark.parametrize(("name", "order"), effects(), ids=[name for name, _ in effects()])
def test_the_effect_of_an_order_is_seen_on_the_token(gateway: TokenGateway, name: str, order: TokenOrder) -> None:
    issued(gateway, ONE)
    assert gateway.effect_of(order) == Absent()
    reply = done(gateway.carry_out(order))
    assert gateway.effect_of(order) == Happened(reply)


@pytest.mark.parametrize("rig", EVERYWHERE, indirect=True)
def test_the_effect_of_removing_a_certificate_is_seen(gateway: TokenGateway) -> None:
    order = RemoveCertificate(ONE, fingerprint(issued(gateway, ONE)))
    assert gateway.effect_of(order) == Absent()
    done(gateway.carry_out(order))
    assert gateway.effect_of(order) == Happened(TokenReply(fingerprint=order.fingerprint))


def test_the_effect_of_a_pin_change_is_which_pin_opened_the_token(rig: Rig) -> None:
    order = ChangePin(Pin("87654321"))
    with rig.open() as gateway:
        assert gateway.effect_of(order) == Absent()
        done(gateway.carry_out(order))
        assert gateway.effect_of(order) == Happened(TokenReply())
    with rig.open("87654321") as gateway:
        assert gateway.effect_of(order) == Happened(TokenReply())


@pytest.mark.parametrize("rig", EVERYWHERE, indirect=True)
@pytest.mark.parametrize("order", [ReadContents(), SignRequest(ONE, SUBJECT, ()), ProveCertificate(ONE, "ab")])
def test_what_leaves_no_trace_may_always_be_done_again(rig: Rig, order: TokenOrder) -> None:
    with rig.open(None) as gateway:
        assert gateway.effect_of(order) == Absent()


def test_while_the_token_is_away_nobody_knows(rig: Rig) -> None:
    with rig.open() as gateway:
        generated(gateway)
        rig.pull(rig.serial)
        answers: list[Effect[TokenReply]] = [
            gateway.effect_of(RemoveKeyPair(ONE)),
            gateway.effect_of(GenerateKeyPair(TWO, "Ключ", KeyAlgorithm.EC_P256)),
        ]
    for answer in answers:
        assert isinstance(answer, Unknown)
        assert answer.whom is WaitingFor.TOKEN


@pytest.mark.parametrize("rig", EVERYWHERE, indirect=True)
def test_no_ticket_was_ever_handed_out(gateway: TokenGateway) -> None:
    assert isinstance(gateway.look_up("7"), Refused)
