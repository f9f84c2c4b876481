"""A qualified certificate is ordered only for whom registers of the state have confirmed, and while that is fresh."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.db.models import IdentityQuestion
from portal.domain.certificate import Purpose
from portal.domain.identity_check import CheckState, IdentityRules, IdentityService
from portal.domain.ids import UpdateId
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.services.identity_checks import Wanted
from portal.services.policies import publish
from tests.services.identity_bureau import BOTH, FORM, Bureau
from tests.support.office import Office, template

RULES = IdentityRules(ask=True, checks=BOTH, validity=timedelta(days=30), announce=True)


@pytest.fixture
def bureau(office: Office) -> Bureau:
    """The office issues a qualified certificate, and asks before."""
    bureau = Bureau(office)
    office.identity = bureau.verdicts
    qualified = replace(template("Подпись", "signature", Purpose.SIGN), qualified=True)
    draft = replace(office.policy, templates=(qualified, template("Вход", "logon")), identity=RULES)
    with office.database.begin() as connection:
        office.policy = publish(connection, draft, actor="admin", now=office.now)
    return bureau


def order(bureau: Bureau) -> UpdateId:
    number = bureau.office.order()
    bureau.office.enter_pin(number)
    bureau.office.work()
    return number


def waits(bureau: Bureau, number: UpdateId) -> str:
    row = bureau.office.row(number)
    assert (row.status, row.waiting_for) == (UpdateStatus.WAITING, WaitingFor.IDENTITY)
    trouble: str = row.why["value"]["trouble"]
    return trouble


def confirm(bureau: Bureau, number: UpdateId) -> None:
    bureau.checks.start(Wanted(bureau.person, BOTH, number), FORM, actor="operator")
    bureau.ask()
    bureau.registers_answer()
    bureau.take()


def test_the_update_waits_for_the_registers_and_goes_on_by_itself(bureau: Bureau) -> None:
    number = order(bureau)
    assert waits(bureau, number) == Trouble.IDENTITY_NEEDED
    assert bureau.office.token.contents().keys == ()
    bureau.checks.start(Wanted(bureau.person, BOTH, number), FORM, actor="operator")
    bureau.office.work()
    assert waits(bureau, number) == Trouble.IDENTITY_ASKED
    bureau.ask()
    bureau.office.clock.advance(seconds=30)
    bureau.registers_answer()
    bureau.take()
    bureau.office.work()
    assert bureau.office.row(number).status is UpdateStatus.COMPLETED
    assert bureau.office.steps(number)[0] == ("check_identity", StepStatus.DONE)
    assert len(bureau.office.ca.ledger) == 2


def test_the_issued_certificate_is_made_known_once(bureau: Bureau) -> None:
    confirm(bureau, order(bureau))
    bureau.office.work()
    announced = select(IdentityQuestion).where(IdentityQuestion.service == IdentityService.ACCOUNT)
    with bureau.office.database.read() as connection:
        (row,) = connection.execute(announced.with_only_columns(*IdentityQuestion.__table__.c)).all()
    assert row.state is CheckState.QUEUED
    qualified = next(made for _, made in bureau.office.ca.ledger)
    assert row.made["serial"] == qualified.serial


def test_a_refusal_orders_nothing_and_a_correction_goes_on(bureau: Bureau) -> None:
    number = order(bureau)
    bureau.checks.start(Wanted(bureau.person, BOTH, number), FORM, actor="operator")
    bureau.ask()
    for message, content in bureau.exchange.taken.items():
        if b"Snils" in content:
            name = "http://kvs.pfr.com/snils-validation/1.0.1"
            bureau.exchange.answer(
                message, f'<SnilsValidationResponse xmlns="{name}"><Result>0</Result></SnilsValidationResponse>'
            )
    bureau.take()
    bureau.office.work()
    assert waits(bureau, number) == Trouble.IDENTITY_REFUTED
    assert bureau.office.ca.ledger == []
    bureau.exchange.taken.clear()
    confirm(bureau, number)
    bureau.office.work()
    assert bureau.office.row(number).status is UpdateStatus.COMPLETED


def test_days_later_the_pin_is_asked_for_again_and_nothing_else(bureau: Bureau) -> None:
    number = order(bureau)
    bureau.checks.start(Wanted(bureau.person, BOTH, number), FORM, actor="operator")
    bureau.ask()
    bureau.office.clock.advance(days=2)
    bureau.registers_answer()
    bureau.take()
    bureau.office.work()
    row = bureau.office.row(number)
    assert (row.status, row.waiting_for) == (UpdateStatus.WAITING, WaitingFor.PIN)
    bureau.office.enter_pin(number)
    bureau.office.work()
    assert bureau.office.row(number).status is UpdateStatus.COMPLETED


def test_a_confirmation_that_ran_out_before_the_order_is_asked_for_again(bureau: Bureau) -> None:
    number = order(bureau)
    bureau.office.token.plugged = False
    confirm(bureau, number)
    bureau.office.work()
    bureau.office.clock.advance(days=31)
    bureau.office.token.plugged = True
    bureau.office.enter_pin(number)
    bureau.office.work()
    assert waits(bureau, number) == Trouble.IDENTITY_NEEDED
    assert bureau.office.ca.ledger == []
    bureau.exchange.taken.clear()
    confirm(bureau, number)
    bureau.office.enter_pin(number)
    bureau.office.work()
    assert bureau.office.row(number).status is UpdateStatus.COMPLETED


def test_without_the_switch_nobody_is_asked(bureau: Bureau) -> None:
    office = bureau.office
    draft = replace(office.policy, identity=replace(RULES, ask=False))
    with office.database.begin() as connection:
        publish(connection, draft, actor="admin", now=office.now)
    number = order(bureau)
    assert office.row(number).status is UpdateStatus.COMPLETED
    assert not {"check_identity", "announce_certificate"} & {kind for kind, _ in office.steps(number)}
