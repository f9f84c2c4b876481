"""What waits for an approver goes on after the decision, whoever tells of it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import update

from portal.connectors.ca.builtin.approving import BuiltinApprovals
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.db.models import UpdateStep
from portal.domain.audit import AuditTag
from portal.domain.errors import Conflict, InvalidInput, NotFound
from portal.domain.ids import UpdateId
from portal.domain.outcomes import Waiting, WaitingFor
from portal.domain.reach import Reach
from portal.domain.update_state import UpdateStatus
from portal.ports.certificate_authority import CertificateAuthority
from portal.services.approvals import Approvals
from tests.support.office import Office
from tests.support.pki import CA_NAME, a_key, a_place, an_authority, an_order

NOBODY = Reach(everything=False)


@dataclass
class Desk:
    """An update that waits for an approver of a real authority."""

    office: Office
    ca: CertificateAuthority
    rows: BuiltinApprovals
    run: UpdateId

    @property
    def approvals(self) -> Approvals:
        office = self.office
        return Approvals(office.database, office.clock, self.rows, office.bell)

    def decide(self, *, approve: bool = True, comment: str = "") -> None:
        self.approvals.decide("order-1", approve=approve, comment=comment, actor="approver")


@pytest.fixture
def desk(office: Office, tmp_path: Path) -> Desk:
    place = a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, office.clock)
    ca = an_authority(place)
    rows = BuiltinApprovals(CA_NAME, place.store, office.clock, TEMPLATES)
    rows.switch("domain-logon", manual=True)
    assert isinstance(ca.request(an_order("order-1", a_key())), Waiting)
    office.ca.nature.oddities["ca.decides"] = ["decides"]  # type: ignore[attr-defined]
    run = office.order()
    office.enter_pin(run)
    office.work()
    assert office.row(run).waiting_for is WaitingFor.CA
    return Desk(office, ca, rows, run)


def test_what_waits_names_device_and_holder(desk: Desk) -> None:
    (pending,) = desk.approvals.waiting()
    assert pending.order is None  # the model authority gave another ticket
    give_ticket(desk)
    (pending,) = desk.approvals.waiting()
    assert pending.order is not None
    assert (pending.order.update, pending.order.serial) == (desk.run, desk.office.token.serial)
    assert pending.order.holder == "Беляева Марина"
    assert desk.approvals.waiting(NOBODY) == ()


def give_ticket(desk: Desk) -> None:
    with desk.office.database.begin() as connection:
        waiting = update(UpdateStep).where(UpdateStep.update_id == desk.run, UpdateStep.status == "waiting")
        connection.execute(waiting.values(ticket="order-1"))


@pytest.mark.parametrize(("approve", "tag"), [(True, AuditTag.APPROVAL_GRANTED), (False, AuditTag.APPROVAL_REFUSED)])
def test_a_decision_wakes_the_update_and_is_written_down(desk: Desk, approve: bool, tag: AuditTag) -> None:
    give_ticket(desk)
    desk.office.line.calls.clear()
    desk.decide(approve=approve, comment="по заявке 17")
    row = desk.office.row(desk.run)
    assert (row.status, row.wake_at) == (UpdateStatus.WAITING, desk.office.now)
    assert [number for number, _ in desk.office.line.calls] == [desk.run]
    assert desk.office.told()[-1] == (tag.value, "approver")
    assert desk.approvals.follow() == 0
    with pytest.raises(Conflict):
        desk.decide(approve=not approve, comment="нет")


def test_a_decision_nobody_was_told_of_is_told_later(desk: Desk) -> None:
    give_ticket(desk)
    desk.rows.decide("order-1", approve=True, comment="", by="approver")  # and the process died
    desk.office.line.calls.clear()
    assert desk.approvals.follow() == 1
    assert [number for number, _ in desk.office.line.calls] == [desk.run]
    assert desk.office.told()[-1] == (AuditTag.APPROVAL_GRANTED.value, "approver")
    assert desk.approvals.follow() == 0


def test_a_decision_before_the_update_went_to_sleep_is_found_by_its_next_look(desk: Desk) -> None:
    desk.decide()
    assert desk.office.told()[-1] == (AuditTag.APPROVAL_GRANTED.value, "approver")
    assert desk.approvals.waiting() == ()


def test_a_refusal_needs_a_reason(desk: Desk) -> None:
    with pytest.raises(InvalidInput) as refused:
        desk.decide(approve=False, comment="  ")
    assert refused.value.fields == {"comment": "required"}
    assert len(desk.approvals.waiting()) == 1


def test_who_may_not_see_it_cannot_decide(desk: Desk) -> None:
    give_ticket(desk)
    with pytest.raises(NotFound):
        desk.approvals.decide("order-1", approve=True, comment="", actor="local", reach=NOBODY)
    assert len(desk.approvals.waiting()) == 1


def test_the_switch_is_written_down(desk: Desk) -> None:
    desk.approvals.switch("vpn", manual=True, actor="admin")
    assert desk.office.told()[-1] == (AuditTag.APPROVAL_SWITCHED.value, "admin")
    lines = len(desk.office.told())
    desk.approvals.switch("vpn", manual=True, actor="admin")
    assert len(desk.office.told()) == lines
    assert {one.name for one in desk.approvals.templates() if one.manual} == {"domain-logon", "vpn"}
    with pytest.raises(NotFound):
        desk.approvals.switch("nothing", manual=True, actor="admin")
