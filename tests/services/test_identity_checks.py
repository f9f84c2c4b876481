"""What is claimed is asked once per register, and only confirmations of every register confirm."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, select, update

from portal.db.models import IdentityApplication, IdentityMessage, Person
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.identity_check import CheckState, RefutedBy, Verdict
from portal.domain.ids import PersonId, UpdateId
from portal.domain.outcomes import Done, Waiting
from portal.domain.troubles import Trouble
from portal.ports.exchange import Rule
from portal.ports.identity_check import IdentityOrder
from portal.services.identity_checks import Wanted
from tests.fakes.exchange import refusal
from tests.services.identity_bureau import BOTH, FORM, SNILS, Bureau
from tests.support.office import Office

VALIDITY = timedelta(days=30)


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office)


def order(bureau: Bureau, services: frozenset = BOTH) -> IdentityOrder:  # type: ignore[type-arg]
    return IdentityOrder("n0-id", bureau.person, services, VALIDITY)


def said(bureau: Bureau) -> Trouble:
    """Why the engine waits."""
    outcome = bureau.verdicts.check(order(bureau))
    assert isinstance(outcome, Waiting)
    return outcome.why.trouble


def test_two_registers_confirm(bureau: Bureau) -> None:
    assert said(bureau) is Trouble.IDENTITY_NEEDED
    number = bureau.start()
    assert said(bureau) is Trouble.IDENTITY_ASKED
    assert (bureau.ask(), bureau.ask()) == (2, 0)
    bureau.registers_answer()
    assert bureau.take() == 2
    assert bureau.verdict(number) is Verdict.CONFIRMED
    outcome = bureau.verdicts.check(order(bureau))
    assert isinstance(outcome, Done)
    assert outcome.reply.application == number
    assert ("identity:identity:decided", "identity") in bureau.office.told()


def test_what_lies_in_the_database_names_nobody(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    with bureau.office.database.read() as connection:
        rows = [
            *connection.execute(select(IdentityApplication.__table__)),
            *connection.execute(select(IdentityMessage.__table__)),
            *bureau.answers(),
        ]
    assert len(rows) == 5
    assert not [secret for secret in ("Беляева", "11223344595", "500100732259") if secret in repr(rows)]
    assert bureau.checks.known(bureau.person).confirmed is not None
    assert number


def test_a_confirmation_lasts_its_term_and_as_long_as_the_directory_agrees(bureau: Bureau) -> None:
    bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    bureau.office.clock.advance(days=29)
    assert isinstance(bureau.verdicts.check(order(bureau)), Done)
    with bureau.office.database.begin() as connection:
        renamed = {"surname": "Орлова", "given_name": "Марина"}
        connection.execute(update(Person).where(Person.id == bureau.person).values(attributes=renamed))
    assert said(bureau) is Trouble.IDENTITY_NEEDED
    with bureau.office.database.begin() as connection:
        again = {"surname": "Беляева", "given_name": "Марина"}
        connection.execute(update(Person).where(Person.id == bureau.person).values(attributes=again))
    assert isinstance(bureau.verdicts.check(order(bureau)), Done)
    bureau.office.clock.advance(days=1)
    assert said(bureau) is Trouble.IDENTITY_NEEDED


def test_a_confirmation_by_a_host_whose_clock_is_a_little_ahead_holds(bureau: Bureau) -> None:
    bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    bureau.office.clock.advance(minutes=-2)
    assert isinstance(bureau.verdicts.check(order(bureau)), Done)
    bureau.office.clock.advance(minutes=-1)
    assert said(bureau) is Trouble.IDENTITY_NEEDED, "one from the future may not be relied on"


def test_what_is_decided_while_somebody_looks_is_not_from_the_future(bureau: Bureau) -> None:
    bureau.start()
    bureau.ask()
    bureau.registers_answer()
    database = bureau.office.database

    def read_late() -> AbstractContextManager[Connection]:
        bureau.office.clock.advance(minutes=5)
        bureau.take()
        return database.read()

    late = replace(bureau.verdicts, database=SimpleNamespace(read=read_late))  # type: ignore[arg-type]
    assert isinstance(late.check(order(bureau)), Done)


def test_a_confirmation_by_fewer_registers_is_not_enough(bureau: Bureau) -> None:
    bureau.start(frozenset({SNILS}))
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    assert isinstance(bureau.verdicts.check(order(bureau, frozenset({SNILS}))), Done)
    assert said(bureau) is Trouble.IDENTITY_NEEDED


def test_a_refusal_is_told_before_the_last_answer(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    ((message, content),) = [one for one in bureau.exchange.taken.items() if b"Snils" in one[1]]
    namespace = "http://kvs.pfr.com/snils-validation/1.0.1"
    bureau.exchange.answer(
        message, f'<SnilsValidationResponse xmlns="{namespace}"><Result>false</Result></SnilsValidationResponse>'
    )
    bureau.take()
    assert said(bureau) is Trouble.IDENTITY_REFUTED
    assert bureau.questions(number)[SNILS].refuted_by is RefutedBy.SNILS_DIFFERS
    assert content
    corrected = bureau.start(inn="500100732259")
    assert said(bureau) is Trouble.IDENTITY_ASKED
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    assert bureau.verdict(corrected) is Verdict.CONFIRMED
    assert bureau.verdict(number) is Verdict.REFUTED


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"surname": "Орлова"}, {"surname": "differs_from_directory"}),
        ({"snils": "1"}, {"snils": "wrong_length"}),
        ({"middle_name": "Петровна", "no_middle_name": ""}, {"middle_name": "differs_from_directory"}),
    ],
)
def test_a_wrong_form_is_not_kept(bureau: Bureau, fields: dict[str, str], wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        bureau.start(BOTH, **fields)
    assert caught.value.fields == wrong
    assert bureau.office.count(IdentityApplication) == 0


def test_nobody_and_nothing_cannot_be_asked_about(bureau: Bureau) -> None:
    with pytest.raises(NotFound):
        bureau.checks.start(Wanted(PersonId(999), BOTH), FORM, actor="operator")
    with pytest.raises(NotFound):
        bureau.checks.known(PersonId(999))
    with pytest.raises(NotFound):
        bureau.checks.start(Wanted(bureau.person, BOTH, UpdateId(999)), FORM, actor="operator")
    with pytest.raises(NotFound):
        bureau.checks.repeat(999, actor="operator")


@pytest.mark.parametrize("rule", [Rule.RESEND_SAME, Rule.CONFIGURATION])
def test_a_message_not_taken_is_sent_again_with_its_number(bureau: Bureau, rule: Rule) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.exchange.refusals = [refusal(rule, "SMEV-600")]
    assert bureau.ask() == 0
    assert bureau.questions(number)[SNILS].trouble == "SMEV-600"
    bureau.office.clock.advance(hours=1)
    assert bureau.ask() == 1
    assert bureau.office.count(IdentityMessage) == 1


def test_a_number_too_old_is_given_up_for_a_new_one(bureau: Bureau) -> None:
    bureau.start(frozenset({SNILS}))
    bureau.exchange.refusals = [refusal(Rule.NEW_ID)]
    bureau.ask()
    bureau.office.clock.advance(hours=1)
    assert bureau.ask() == 1
    assert bureau.office.count(IdentityMessage) == 2


def test_what_will_never_be_taken_ends_and_can_be_repeated(bureau: Bureau) -> None:
    number = bureau.start(frozenset({SNILS}))
    bureau.exchange.refusals = [refusal(Rule.REFUSE, "SMEV-403")]
    bureau.ask()
    row = bureau.questions(number)[SNILS]
    assert (row.state, row.trouble) == (CheckState.NO_ANSWER, "SMEV-403")
    assert bureau.verdict(number) is Verdict.NO_ANSWER
    bureau.checks.repeat(row.id, actor="operator")
    assert bureau.verdict(number) is Verdict.PENDING
    with pytest.raises(Conflict):
        bureau.checks.repeat(row.id, actor="operator")
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    assert bureau.verdict(number) is Verdict.CONFIRMED


def test_what_is_over_is_deleted_and_the_verdict_stays(bureau: Bureau) -> None:
    number = bureau.start()
    bureau.ask()
    bureau.registers_answer()
    bureau.take()
    assert bureau.checks.forget_old() == 0
    bureau.office.clock.advance(days=ExchangeSettings().kept_days + 1)
    assert bureau.checks.forget_old() == 1
    assert bureau.checks.forget_old() == 0
    assert bureau.verdict(number) is Verdict.CONFIRMED
    assert bureau.answers()[0].raw is None
    assert bureau.checks.known(bureau.person).confirmed is None
    with pytest.raises(Conflict):
        bureau.checks.repeat(bureau.questions(number)[SNILS].id, actor="operator")


def test_what_a_later_check_replaced_and_what_nobody_asked_is_deleted_too(bureau: Bureau) -> None:
    replaced = bureau.start()
    bureau.ask()
    bureau.start()
    bureau.exchange.answer("nobody-asked", "<Answer/>", number="stranger")
    bureau.take()
    (strange,) = bureau.answers()
    assert (strange.question_id, strange.raw is None) == (None, False)
    assert bureau.verdict(replaced) is Verdict.PENDING
    bureau.office.clock.advance(days=ExchangeSettings().kept_days + 1)
    assert bureau.checks.forget_old() == 1, "the one that counts still waits for its answers"
    assert bureau.answers()[0].raw is None
