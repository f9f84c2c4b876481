"""The contract of TokenGateway: the fake and the PKCS#11 connector keep it alike."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portal.connectors.token.desk import Pkcs11Desk
from portal.connectors.x509 import X509Reader
from portal.domain.certificate import KeyAlgorithm
from portal.domain.contents import TokenContents
from portal.domain.outcomes import Absent, Done, Effect, Happened, Outcome, Refused, Unknown, WaitingFor
from portal.domain.troubles import Trouble
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    InitToken,
    Pin,
    ProveCertificate,
    ReadContents,
    RemoveCertificate,
    RemoveKeyPair,
    ResetPin,
    SignRequest,
    TokenDesk,
    TokenGateway,
    TokenOrder,
    TokenReply,
    WriteCertificate,
)
from tests.fakes.token import FakeDesk, FakeToken
from tests.support.faults import fault_module
from tests.support.issuing import certificate_for, pkcs8_of, ready_key, spki_of
from tests.support.native import Compiler
from tests.support.pins import Pins
from tests.support.tokens import PIN, SO_PIN, SoftHsm

ONE, TWO = "01" * 20, "02" * 20
SUBJECT = (("CN", "Иванов Иван Иванович"), ("SN", "Иванов"), ("GN", "Иван Иванович"), ("T", "Инженер"))
MAIL = (("emailAddress", "ivanov@example.org"),)
NAMES = (("email", "ivanov@example.org"), ("upn", "иванов@example.org"), ("dns", "pc1.example.org"))


@dataclass(frozen=True)
class Rig:
    """One token of one kind; a second one exists and is plugged in on demand."""

    desk: TokenDesk
    serial: str
    other: str
    pull: Callable[[str], None]
    plug: Callable[[str], None]
    wrong_pins: Callable[[int], None] | None = None

    @contextmanager
    def open(self, pin: str | None = PIN) -> Iterator[TokenGateway]:
        with self.desk.gateway(self.serial, Pins(pin)) as gateway:
            yield gateway


@pytest.fixture(params=["fake", "softhsm", "counting"])
def rig(request: pytest.FixtureRequest, hsm: SoftHsm, compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> Rig:
    if request.param == "fake":
        return fake_rig()
    serial, other = hsm.init_token("first"), hsm.init_token("second")
    hsm.pull(other)
    if request.param == "softhsm":
        return Rig(Pkcs11Desk([hsm.module], X509Reader()), serial, other, hsm.pull, hsm.plug)
    faults = fault_module(compiler, hsm, monkeypatch)
    desk = Pkcs11Desk([faults.module], X509Reader())
    return Rig(desk, serial, other, hsm.pull, hsm.plug, faults.wrong_pins)


def fake_rig() -> Rig:
    tokens = {serial: FakeToken(serial, PIN, plugged=serial == "a1") for serial in ("a1", "b2")}

    def plugged(serial: str, *, there: bool) -> None:
        tokens[serial].plugged = there

    def wrong_pins(number: int) -> None:
        tokens["a1"].wrong_pins = number

    desk = FakeDesk(tokens.values(), X509Reader())
    return Rig(
        *(desk, "a1", "b2"),
        lambda serial: plugged(serial, there=False),
        lambda serial: plugged(serial, there=True),
        wrong_pins,
    )


@pytest.fixture
def gateway(rig: Rig) -> Iterator[TokenGateway]:
    with rig.open() as opened:
        yield opened


def done(outcome: Outcome[TokenReply]) -> TokenReply:
    assert isinstance(outcome, Done), outcome
    return outcome.reply


def refused(outcome: Outcome[TokenReply], trouble: Trouble) -> Refused:
    assert isinstance(outcome, Refused), outcome
    assert outcome.why.trouble is trouble
    return outcome


def contents_of(gateway: TokenGateway) -> TokenContents:
    contents = done(gateway.carry_out(ReadContents())).contents
    assert contents is not None
    return contents


def generated(gateway: TokenGateway, key_id: str = ONE, algorithm: KeyAlgorithm = KeyAlgorithm.EC_P256) -> bytes:
    return done(gateway.carry_out(GenerateKeyPair(key_id, "Ключ", algorithm))).public_key


def issued(gateway: TokenGateway, key_id: str = ONE, name: str = "Иванов Иван") -> bytes:
    """A certificate written beside a fresh key."""
    certificate = certificate_for(generated(gateway, key_id), name)
    done(gateway.carry_out(WriteCertificate(key_id, "Подпись", certificate)))
    return certificate


def fingerprint(der: bytes) -> str:
    return sha256(der).hexdigest()


def common(kind: str, key_id: str = TWO) -> ImportKeyPair:
    key = ready_key(kind)
    return ImportKeyPair(key_id, "Общий", certificate_for(spki_of(key), "Общий"), pkcs8_of(key))


def test_an_empty_token_reads_as_empty(gateway: TokenGateway, rig: Rig) -> None:
    assert contents_of(gateway) == TokenContents(rig.serial, (), (), complete=True)


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_a_generated_key_signs_its_request(gateway: TokenGateway, algorithm: KeyAlgorithm) -> None:
    public = generated(gateway, ONE, algorithm)
    reply = done(gateway.carry_out(SignRequest(ONE, SUBJECT + MAIL, NAMES)))
    request = x509.load_der_x509_csr(reply.request)
    assert request.is_signature_valid
    assert request.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == public
    (key,) = contents_of(gateway).keys
    assert (key.key_id, key.label, key.algorithm, key.public, key.private) == (
        *(ONE, "Ключ", algorithm.value),
        *(True, True),
    )


def test_a_request_carries_subject_and_names(gateway: TokenGateway) -> None:
    generated(gateway)
    request = x509.load_der_x509_csr(done(gateway.carry_out(SignRequest(ONE, SUBJECT + MAIL, NAMES))).request)
    assert [one.value for one in request.subject] == [value for _, value in SUBJECT + MAIL]
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["ivanov@example.org"]
    assert names.get_values_for_type(x509.DNSName) == ["pc1.example.org"]
    (upn,) = names.get_values_for_type(x509.OtherName)
    assert upn.value == b"\x0c" + bytes([len("иванов@example.org".encode())]) + "иванов@example.org".encode()


@pytest.mark.parametrize(
    ("subject", "alternative", "field"),
    [
        ((("emailAddress", "иванов@example.org"),), (), "emailAddress"),
        ((("C", "Россия"),), (), "C"),
        ((("CN", ""),), (), "CN"),
        ((("shoeSize", "43"),), (), "shoeSize"),
        (SUBJECT, (("email", "иванов@example.org"),), "email"),
        (SUBJECT, (("fax", "1"),), "fax"),
    ],
)
def test_a_name_no_certificate_can_hold_is_named(
    gateway: TokenGateway,
    subject: tuple[tuple[str, str], ...],
    alternative: tuple[tuple[str, str], ...],
    field: str,
) -> None:
    generated(gateway)
    answer = refused(gateway.carry_out(SignRequest(ONE, subject, alternative)), Trouble.TOKEN_UNSUITABLE)
    assert answer.permanent
    assert answer.why.get("field") == field


def test_no_key_no_request(gateway: TokenGateway) -> None:
    assert refused(gateway.carry_out(SignRequest(ONE, SUBJECT, ())), Trouble.OBJECT_MISSING).permanent


def test_generating_twice_makes_one_pair(gateway: TokenGateway) -> None:
    assert generated(gateway) == generated(gateway)
    assert len(contents_of(gateway).keys) == 1


def test_a_written_certificate_is_read_back_and_proved(gateway: TokenGateway) -> None:
    der = issued(gateway, name="Ёжиков Пётр")
    (certificate,) = contents_of(gateway).certificates
    facts = X509Reader().certificate(der)
    assert (certificate.key_id, certificate.label, certificate.has_key) == (ONE, "Подпись", True)
    assert certificate.subject == facts.subject == "CN=Ёжиков Пётр"
    assert (certificate.serial, certificate.not_after) == (facts.serial, facts.not_after)
    assert done(gateway.carry_out(ProveCertificate(ONE, fingerprint(der)))).fingerprint == fingerprint(der)


def test_writing_twice_leaves_one(gateway: TokenGateway) -> None:
    der = issued(gateway)
    assert done(gateway.carry_out(WriteCertificate(ONE, "Подпись", der))).fingerprint == fingerprint(der)
    assert len(contents_of(gateway).certificates) == 1


@pytest.mark.parametrize("kind", ["p256", "rsa2048"])
def test_a_certificate_of_another_key_is_not_proved(gateway: TokenGateway, kind: str) -> None:
    generated(gateway)
    der = certificate_for(spki_of(ready_key(kind)))
    done(gateway.carry_out(WriteCertificate(ONE, "чужой", der)))
    assert refused(gateway.carry_out(ProveCertificate(ONE, fingerprint(der))), Trouble.PROOF_FAILED).permanent


def test_what_is_not_there_is_not_proved(gateway: TokenGateway) -> None:
    generated(gateway)
    assert refused(gateway.carry_out(ProveCertificate(ONE, "00")), Trouble.OBJECT_MISSING).permanent


def test_removal_takes_one_certificate_and_nothing_else(gateway: TokenGateway) -> None:
    kept, other = issued(gateway, ONE), issued(gateway, TWO)
    gone = certificate_for(generated(gateway, ONE), "старый")
    done(gateway.carry_out(WriteCertificate(ONE, "старый", gone)))
    done(gateway.carry_out(WriteCertificate(TWO, "он же", gone)))
    done(gateway.carry_out(RemoveCertificate(ONE, fingerprint(gone))))
    places = {(one.key_id, one.fingerprint) for one in contents_of(gateway).certificates}
    assert places == {(ONE, fingerprint(kept)), (TWO, fingerprint(other)), (TWO, fingerprint(gone))}
    assert len(contents_of(gateway).keys) == 2


def test_removal_takes_one_pair_and_nothing_else(gateway: TokenGateway) -> None:
    issued(gateway, ONE)
    issued(gateway, TWO)
    done(gateway.carry_out(RemoveKeyPair(ONE)))
    contents = contents_of(gateway)
    assert [key.key_id for key in contents.keys] == [TWO]
    assert {one.key_id: one.has_key for one in contents.certificates} == {ONE: False, TWO: True}


def test_removing_what_is_not_there_is_done(gateway: TokenGateway) -> None:
    done(gateway.carry_out(RemoveKeyPair(ONE)))
    assert done(gateway.carry_out(RemoveCertificate(ONE, "ab"))).fingerprint == "ab"


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
def test_an_imported_pair_works(gateway: TokenGateway, kind: str) -> None:
    order = common(kind)
    assert done(gateway.carry_out(order)).fingerprint == fingerprint(order.certificate)
    done(gateway.carry_out(order))
    contents = contents_of(gateway)
    assert [(one.key_id, one.has_key) for one in contents.certificates] == [(TWO, True)]
    assert [(key.key_id, key.algorithm, key.public, key.private) for key in contents.keys] == [(TWO, kind, True, True)]
    done(gateway.carry_out(ProveCertificate(TWO, fingerprint(order.certificate))))


def test_the_hash_of_the_contents_is_about_certificates_only(gateway: TokenGateway) -> None:
    before = contents_of(gateway).content_hash()
    generated(gateway)
    assert contents_of(gateway).content_hash() == before
    issued(gateway)
    assert contents_of(gateway).content_hash() != before


def test_the_new_pin_is_in_force_at_once_and_later(rig: Rig) -> None:
    with rig.open() as gateway:
        done(gateway.carry_out(ChangePin(Pin("87654321"))))
        rig.pull(rig.serial)
        refused(gateway.carry_out(ReadContents()), Trouble.TOKEN_REMOVED)
        rig.plug(rig.serial)
        contents_of(gateway)
    with rig.open(PIN) as gateway:
        refused(gateway.carry_out(ReadContents()), Trouble.PIN_INCORRECT)
    with rig.open("87654321") as gateway:
        contents_of(gateway)


def test_the_administrator_sets_the_pin_anew(rig: Rig) -> None:
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(ResetPin(Pin(SO_PIN))))
        contents_of(gateway)
    with rig.open("87654321") as gateway:
        contents_of(gateway)
        assert gateway.effect_of(ResetPin(Pin(SO_PIN))) == Absent()


def test_a_locked_pin_is_free_after_the_reset(rig: Rig) -> None:
    if rig.wrong_pins is None:
        return
    rig.wrong_pins(3)
    with rig.open() as gateway:
        refused(gateway.carry_out(ReadContents()), Trouble.PIN_LOCKED)
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(ResetPin(Pin(SO_PIN))))
        contents_of(gateway)


def test_a_wrong_administrator_pin_changes_nothing(rig: Rig) -> None:
    with rig.open("87654321") as gateway:
        assert refused(gateway.carry_out(ResetPin(Pin("00000000"))), Trouble.SO_PIN_REFUSED).permanent
    with rig.open() as gateway:
        contents_of(gateway)
        refused(gateway.carry_out(ResetPin(Pin("00000000"))), Trouble.SO_PIN_REFUSED)


NEW_SO = Pin("910573482611")


def test_a_wiped_token_is_empty_and_has_new_pins(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway).content_hash()
    with rig.open("87654321") as gateway:
        done(gateway.carry_out(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO)))
        contents = contents_of(gateway)
        assert (contents.serial, contents.certificates, contents.keys) == (rig.serial, (), ())
    with rig.open("87654321") as gateway:
        assert gateway.effect_of(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO)) == Absent()
        done(gateway.carry_out(InitToken("Ключ", before, Pin(SO_PIN), NEW_SO, doubtful=True)))
    with rig.open("55554444") as gateway:
        done(gateway.carry_out(ResetPin(NEW_SO)))


def test_a_token_that_carries_something_else_is_not_wiped(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway)
    with rig.open("87654321") as gateway:
        refused(gateway.carry_out(InitToken("Ключ", "00", Pin(SO_PIN), NEW_SO)), Trouble.CONTENTS_CHANGED)
    with rig.open() as gateway:
        assert contents_of(gateway) == before


def test_neither_a_wrong_administrator_pin_nor_none_at_all_wipes(rig: Rig) -> None:
    with rig.open() as gateway:
        issued(gateway)
        before = contents_of(gateway)
    order = InitToken("Ключ", before.content_hash(), Pin("00000000"), NEW_SO)
    with rig.open("87654321") as gateway:
        assert refused(gateway.carry_out(order), Trouble.SO_PIN_REFUSED).permanent
    with rig.open(None) as gateway:
        refused(gateway.carry_out(replace(order, so_pin=Pin(SO_PIN))), Trouble.PIN_NEEDED)
    with rig.open() as gateway:
        assert contents_of(gateway) == before


def test_without_a_pin_nothing_is_reset(rig: Rig) -> None:
    with rig.open(None) as gateway:
        assert refused(gateway.carry_out(ResetPin(Pin(SO_PIN))), Trouble.PIN_NEEDED).whom is WaitingFor.PIN
    with rig.open() as gateway:
        contents_of(gateway)


def test_a_wrong_pin_is_tried_once_and_never_again(rig: Rig) -> None:
    pins = Pins("9999")
    with rig.desk.gateway(rig.serial, pins) as gateway:
        for order in (ReadContents(), GenerateKeyPair(ONE, "Ключ", KeyAlgorithm.EC_P256)):
            answer = refused(gateway.carry_out(order), Trouble.PIN_INCORRECT)
            assert (answer.permanent, answer.whom) == (False, WaitingFor.PIN)
        assert isinstance(gateway.effect_of(RemoveKeyPair(ONE)), Unknown)
    assert (pins.asked, pins.refusals) == (1, 1)
    with rig.open() as gateway:
        contents_of(gateway)


def test_without_a_pin_nothing_is_tried(rig: Rig) -> None:
    with rig.open(None) as gateway:
        answer = refused(gateway.carry_out(ReadContents()), Trouble.PIN_NEEDED)
    assert answer.whom is WaitingFor.PIN


@pytest.mark.parametrize("rig", ["fake", "counting"], indirect=True)  # SoftHSM2 by itself never locks
@pytest.mark.parametrize(("wrong", "trouble"), [(2, Trouble.PIN_LAST_TRY), (3, Trouble.PIN_LOCKED)])
def test_the_last_try_is_never_spent_by_software(rig: Rig, wrong: int, trouble: Trouble) -> None:
    assert rig.wrong_pins
    rig.wrong_pins(wrong)
    pins = Pins(PIN)
    with rig.desk.gateway(rig.serial, pins) as gateway:
        answer = refused(gateway.carry_out(ReadContents()), trouble)
    assert (answer.permanent, answer.whom, pins.asked, pins.refusals) == (False, WaitingFor.PIN, 0, 0)


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


@pytest.mark.parametrize(("name", "order"), effects(), ids=[name for name, _ in effects()])
def test_the_effect_of_an_order_is_seen_on_the_token(gateway: TokenGateway, name: str, order: TokenOrder) -> None:
    issued(gateway, ONE)
    assert gateway.effect_of(order) == Absent()
    reply = done(gateway.carry_out(order))
    assert gateway.effect_of(order) == Happened(reply)


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


def test_no_ticket_was_ever_handed_out(gateway: TokenGateway) -> None:
    assert isinstance(gateway.look_up("7"), Refused)


def test_a_pin_shows_in_no_answer(rig: Rig) -> None:
    with rig.open("4929331") as gateway:
        answers = [gateway.carry_out(ReadContents()), gateway.effect_of(RemoveKeyPair(ONE))]
        shown = f"{answers} {gateway!r} {vars(gateway)} {ChangePin(Pin('4929331'))!r}"
    assert "4929331" not in shown
