"""The list of orders as the engine sees it through its gateway: put in, handed out, ended, given again."""

from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from portal.connectors.token.agent import AgentGateway
from portal.db.models import AgentOrder, LeftoverObject
from portal.domain.agent_tasks import AgentOrderState
from portal.domain.certificate import KeyAlgorithm
from portal.domain.errors import Conflict, InvalidInput
from portal.domain.ids import AgentTaskId
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Waiting, WaitingFor
from portal.domain.policy import AgentRules
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import UpdateStatus
from portal.ports.agent_orders import ListReport, OrderResult, StepList
from portal.ports.agent_protocol import load
from portal.ports.token import (
    ChangePin,
    GenerateKeyPair,
    ImportKeyPair,
    Pin,
    ReadContents,
    RemoveKeyPair,
    TokenOrder,
    TokenReply,
)
from tests.fakes.sim_token import SimToken
from tests.support.agents import RemoteOffice, Workstation
from tests.support.office import PIN, SERIAL, foreign

PAIR = GenerateKeyPair("aa", "Подпись", KeyAlgorithm.EC_P256)
MADE = TokenReply(public_key=b"public")


class Line:
    """One task, held by a workstation, with no order in it but those a test puts in."""

    def __init__(self, office: RemoteOffice, desk: Workstation) -> None:
        self.office, self.desk = office, desk
        self.number = office.order_remote()
        office.work()
        (offer,) = desk.poll().offers
        desk.accept(offer.task)
        task = AgentTaskId(office.task(self.number).id)
        with office.database.begin() as connection:
            connection.execute(update(AgentOrder).values(state=AgentOrderState.DONE, digest="before"))
        self.gateway = AgentGateway(office.orders, task)

    def put(self, order: TokenOrder = PAIR) -> str:
        outcome = self.gateway.carry_out(order)
        assert isinstance(outcome, Waiting)
        assert outcome.whom is WaitingFor.AGENT
        return outcome.ticket

    def listed(self) -> StepList:
        (signed,) = self.desk.poll().lists
        steps = load(StepList, signed.body)
        assert self.desk.read(signed) == steps
        return steps

    def report(self, steps: StepList, result: OrderResult) -> None:
        self.office.counter.report(self.desk.agent, steps.id, ListReport(steps.id, steps.epoch, (result,)))

    def rows(self) -> list[Any]:
        with self.office.database.read() as connection:
            return list(connection.execute(select(AgentOrder.__table__).order_by(AgentOrder.seq)))[1:]


@pytest.fixture
def line(office: RemoteOffice, desk: Workstation) -> Line:
    return Line(office, desk)


def test_an_order_is_waited_for_until_it_is_reported(line: Line) -> None:
    ticket = line.put()
    assert line.put() == ticket, "one that is outstanding is not put in twice"
    assert isinstance(line.gateway.look_up(ticket), Waiting)
    steps = line.listed()
    assert isinstance(line.gateway.effect_of(PAIR), Accepted)
    assert line.listed().id == steps.id, "signed anew, the same list"
    line.report(steps, OrderResult(1, MADE))
    assert line.gateway.look_up(ticket) == Done(MADE)
    assert line.gateway.effect_of(PAIR) == Happened(MADE)


def test_what_nobody_had_yet_is_withdrawn_when_its_effect_is_asked_for(line: Line) -> None:
    ticket = line.put()
    assert line.gateway.effect_of(PAIR) == Absent()
    assert line.desk.poll().lists == ()
    assert isinstance(line.gateway.look_up(ticket), Refused)
    assert line.put() != ticket
    assert not line.listed().orders[0].doubtful


def test_a_refusal_is_told_once_and_then_tried_again_in_doubt(line: Line) -> None:
    ticket = line.put()
    refusal = OrderResult(1, why=why(Trouble.TOKEN_FULL), permanent=True)
    line.report(line.listed(), refusal)
    assert line.gateway.effect_of(PAIR) == Absent()
    told = line.gateway.carry_out(PAIR)
    assert told == Refused(why(Trouble.TOKEN_FULL), permanent=True)
    assert line.gateway.look_up(ticket) == told
    line.put()
    assert line.listed().orders[0].doubtful


def test_what_may_pass_is_tried_again_after_a_while(line: Line) -> None:
    ticket = line.put()
    first = line.listed()
    line.report(first, OrderResult(1, why=why(Trouble.TOKEN_HANGS, "x" * 900)))
    waiting = line.gateway.look_up(ticket)
    assert isinstance(waiting, Waiting)
    assert waiting.why.trouble is Trouble.TOKEN_HANGS
    assert len(waiting.why.detail) == 200
    assert line.desk.poll().lists == ()
    line.office.clock.advance(seconds=2)
    second = line.listed()
    assert second.id != first.id
    assert second.orders[0].doubtful
    assert second.content_hash == ""


def test_a_newer_order_takes_the_place_of_one_nobody_has_and_waits_for_one_somebody_has(line: Line) -> None:
    line.put(ReadContents())
    line.put(PAIR)
    assert [row.state.value for row in line.rows()] == ["withdrawn", "open"]
    generate = line.listed()
    line.put(RemoveKeyPair("aa"))
    assert line.listed().id == generate.id, "nothing overtakes it"
    line.report(generate, OrderResult(1, MADE))
    assert line.listed().orders[0].kind.value == "remove_key_pair"


def test_a_key_travels_sealed_until_it_is_sent_and_is_forgotten_with_the_task(line: Line) -> None:
    secret = b"a private key that lies nowhere"
    line.put(ImportKeyPair("bb", "Общий", b"certificate", secret))
    assert b64encode(secret).decode() not in str(line.rows()[-1].body)
    assert line.listed().orders[0].private_key == secret
    line.office.put(line.number, status=UpdateStatus.FAILED)
    line.desk.poll()
    assert [row.body["private_key"] for row in line.rows()] == [""]


def test_orders_about_pins_are_given_to_no_workstation(line: Line) -> None:
    outcome = line.gateway.carry_out(ChangePin(Pin("12345678")))
    assert outcome == Refused(why(Trouble.AGENT_UNABLE, "ChangePin"), permanent=True)


def test_contents_of_another_token_are_no_answer(line: Line) -> None:
    line.put(ReadContents())
    contents = replace(line.office.token.contents(), serial="other")
    with pytest.raises(InvalidInput):
        line.report(line.listed(), OrderResult(1, TokenReply(contents=contents)))


def test_of_two_that_take_a_task_at_once_one_has_it(office: RemoteOffice, desk: Workstation) -> None:
    office.order_remote()
    office.work()
    other = office.workstation("other", None, office.token)
    (offer,), _ = desk.poll().offers, other.poll()

    def accept(station: Workstation) -> str:
        try:
            return "lists" if station.accept(offer.task).lists else "nothing"
        except Conflict as refusal:
            return refusal.code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, (desk, other))) == ["lists", "task_taken"]


def test_a_run_that_goes_back_need_not_wait_for_its_token_for_ever(office: RemoteOffice, desk: Workstation) -> None:
    """What cannot be reached is remembered as left behind, and the next update cleans it."""
    number = office.order_remote()
    office.work()
    while not office.token.keys:
        assert _one_order(office, desk)
    office.updates.cancel(number, actor="operator")
    office.work()
    assert office.row(number).waiting_for is WaitingFor.AGENT
    office.updates.cancel(number, actor="operator", leave_behind=True)
    office.work()
    assert office.row(number).status is UpdateStatus.CANCELLED
    assert office.count(LeftoverObject) == 1
    assert office.carry(office.order_remote(), desk) is UpdateStatus.COMPLETED
    assert office.count(LeftoverObject) == 0
    assert len(office.token.keys) == 1


def _one_order(office: RemoteOffice, desk: Workstation) -> bool:
    """Whether the workstation did one more order."""
    work = desk.poll()
    for offer in work.offers:
        work = desk.accept(offer.task)
    for signed in work.lists:
        steps = desk.read(signed)
        assert steps is not None
        desk.execute(steps)
        desk.report(steps.id)
    office.work()
    return bool(work.lists)


@pytest.mark.parametrize("wanted", [True, False])
def test_foreign_certificates_are_told_unless_the_policy_does_not_want_them(
    office: RemoteOffice, desk: Workstation, wanted: bool
) -> None:
    rules = AgentRules(report_foreign=wanted)
    office.publish(*office.policy.templates, tracking=True, agents=rules)
    assert office.carry(office.order_remote(), desk) is UpdateStatus.COMPLETED
    office.updates.review(office.device)
    office.token.keys["ff"] = b"key"
    office.token.certificates["ff", "partner"] = foreign(office)
    office.clock.advance(minutes=5)
    desk.poll()
    findings = office.updates.review(office.device)
    assert bool(findings) is wanted


def test_what_is_missing_on_a_token_is_found_at_a_workstation(office: RemoteOffice, desk: Workstation) -> None:
    assert office.carry(office.order_remote(), desk) is UpdateStatus.COMPLETED
    office.token.certificates.clear()
    office.clock.advance(minutes=5)
    desk.poll()
    assert office.device_row().last_seen_where == "desk"
    assert [finding.reason.value for finding in office.updates.review(office.device)] == ["content_missing"]


def test_an_update_goes_where_its_device_is(office: RemoteOffice, desk: Workstation) -> None:
    """A device that is plugged in here is updated here, whatever goes on at workstations."""
    local = SimToken("0c1d", PIN)
    device = office.add_device("0c1d")
    office.plugged_here = local
    office.watch.tokens = [local]
    remote = office.order_remote()
    here = office.order(device)
    office.enter_pin(here)
    office.work()
    assert office.row(here).status is UpdateStatus.COMPLETED
    assert office.row(remote).waiting_for is WaitingFor.AGENT
    assert office.orders.task_for(SERIAL) is not None
    assert office.orders.task_for("0c1d") is None
