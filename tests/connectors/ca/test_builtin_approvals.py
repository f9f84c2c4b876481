"""Templates that ask for an approver: the order waits, and comes to what the person said."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from portal.connectors.ca.builtin.approving import LATER, SOON, BuiltinApprovals
from portal.connectors.ca.builtin.authority import BuiltinAuthority
from portal.connectors.ca.builtin.setup import open_authority
from portal.connectors.ca.builtin.tables import MANUAL_TEMPLATES, REQUESTS
from portal.connectors.ca.builtin.templates import TEMPLATES
from portal.domain.errors import Conflict, NotFound, OutsideUnavailable
from portal.domain.outcomes import Absent, Accepted, Done, Happened, Refused, Waiting, WaitingFor
from portal.domain.troubles import Trouble, why
from tests.support.clock import FrozenClock
from tests.support.pki import ALTERNATIVE, CA_NAME, SUBJECT, a_key, a_place, an_authority, an_order
from tests.support.servers import Postgres

KEY = a_key()
ORDER = an_order("order-1", KEY)


@dataclass
class Office:
    """An authority whose template asks for an approver, and his desk."""

    ca: BuiltinAuthority
    desk: BuiltinApprovals
    clock: FrozenClock
    url: str

    def decide(self, *, approve: bool, comment: str = "") -> None:
        self.desk.decide("order-1", approve=approve, comment=comment, by="approver")


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> Iterator[Office]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ca.db"
        yield an_office(url, tmp_path, clock)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        with server.database() as url:
            yield an_office(url, tmp_path, clock)


def an_office(url: str, folder: Path, clock: FrozenClock) -> Office:
    place = a_place(url, folder, clock)
    ca = an_authority(place)
    desk = BuiltinApprovals(CA_NAME, place.store, clock, TEMPLATES)
    assert desk.switch("domain-logon", manual=True)
    return Office(ca, desk, clock, url)


def test_an_order_waits_for_a_person(office: Office) -> None:
    waiting = office.ca.request(ORDER)
    assert isinstance(waiting, Waiting)
    assert (waiting.whom, waiting.ticket) == (WaitingFor.CA, "order-1")
    assert waiting.why == why(Trouble.CA_DECIDES, approver="portal", template="domain-logon")
    assert waiting.look_again_at == office.clock.now() + SOON
    assert office.ca.request(an_order("order-1", KEY)) == waiting  # made again for the same key
    (asked,) = office.desk.waiting()
    assert (asked.order_id, asked.template, asked.asked_at) == ("order-1", "domain-logon", office.clock.now())
    assert (asked.subject, asked.alternative) == (SUBJECT, ALTERNATIVE)
    assert office.ca.effect_of(ORDER) == Accepted(waiting)
    office.clock.advance(hours=1)
    later = office.ca.look_up("order-1")
    assert isinstance(later, Waiting)
    assert later.look_again_at == office.clock.now() + LATER


def test_what_was_granted_is_issued_once(office: Office) -> None:
    office.ca.request(ORDER)
    office.decide(approve=True)
    assert office.desk.waiting() == ()
    assert office.ca.effect_of(ORDER) == Absent()  # nothing is signed yet: asking again completes it
    issued = office.ca.look_up("order-1")
    assert isinstance(issued, Done)
    assert office.ca.request(ORDER) == issued
    assert office.ca.effect_of(ORDER) == Happened(issued.reply)


def test_what_was_refused_is_refused_for_good_in_the_approver_s_words(office: Office) -> None:
    office.ca.request(ORDER)
    office.decide(approve=False, comment="уволен")
    refused = Refused(why(Trouble.CA_REFUSED, "declined", about="уволен"), permanent=True)
    assert office.ca.look_up("order-1") == refused
    assert office.ca.request(ORDER) == refused
    assert office.ca.effect_of(ORDER) == Absent()


def test_an_open_request_is_taken_back(office: Office) -> None:
    office.ca.request(ORDER)
    assert office.ca.withdraw(ORDER) == office.ca.withdraw(ORDER) == Done(None)
    assert office.desk.waiting() == ()
    assert office.ca.effect_of(ORDER) == Absent()
    assert isinstance(office.ca.request(ORDER), Refused)
    with pytest.raises(Conflict) as refused:
        office.decide(approve=True)
    assert refused.value.code == "approval_over"


def test_what_was_issued_is_not_taken_back(office: Office) -> None:
    office.ca.request(ORDER)
    office.decide(approve=True)
    office.ca.look_up("order-1")
    assert isinstance(refused := office.ca.withdraw(ORDER), Refused)
    assert not refused.permanent


def test_of_two_approvers_the_first_is_heard(office: Office) -> None:
    office.ca.request(ORDER)
    office.decide(approve=True)
    with pytest.raises(Conflict) as refused:
        office.decide(approve=False)
    assert refused.value.data == {"state": "approved", "by": "approver"}
    with pytest.raises(NotFound):
        office.desk.decide("order-2", approve=True, comment="", by="approver")


def test_a_decision_is_told_of_once(office: Office) -> None:
    office.ca.request(ORDER)
    assert office.desk.untold() == ()
    office.decide(approve=False, comment="нет")
    (said,) = office.desk.untold()
    assert (said.order_id, said.approved, said.comment, said.by) == ("order-1", False, "нет", "approver")
    office.desk.told("order-1")
    assert office.desk.untold() == ()


def test_another_key_under_the_same_order_is_refused(office: Office) -> None:
    office.ca.request(ORDER)
    other = an_order("order-1", a_key())
    assert isinstance(office.ca.request(other), Refused)
    assert not isinstance(office.ca.effect_of(other), Accepted)


def test_the_switch_is_a_switch(office: Office) -> None:
    assert {one.name: one.manual for one in office.desk.templates()} == {
        name: name == "domain-logon" for name in TEMPLATES
    }
    assert not office.desk.switch("domain-logon", manual=True)
    office.ca.request(ORDER)
    assert office.desk.switch("domain-logon", manual=False)
    assert isinstance(office.ca.request(ORDER), Waiting)  # what was asked before still waits
    assert isinstance(office.ca.request(an_order("order-2", a_key())), Done)
    assert office.desk.switch("domain-logon", manual=True)
    assert isinstance(office.ca.request(an_order("order-2", a_key())), Refused)
    with pytest.raises(NotFound):
        office.desk.switch("nothing", manual=True)


def test_what_was_issued_before_the_switch_stays_issued(office: Office) -> None:
    office.desk.switch("domain-logon", manual=False)
    issued = office.ca.request(ORDER)
    office.desk.switch("domain-logon", manual=True)
    assert office.ca.request(ORDER) == issued


def test_an_authority_of_an_older_version_learns_to_ask(office: Office, tmp_path: Path) -> None:
    engine = sa.create_engine(office.url)
    for table in (REQUESTS, MANUAL_TEMPLATES):
        table.drop(engine)
    engine.dispose()
    opened = open_authority(a_place(office.url, tmp_path, office.clock), CA_NAME)
    assert opened is not None
    assert isinstance(opened.request(ORDER), Done)


def test_a_desk_without_its_rows_says_so(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "ca.db").mkdir()
    desk = BuiltinApprovals(CA_NAME, a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock).store, clock, TEMPLATES)
    for ask in (desk.waiting, desk.untold, desk.templates):
        with pytest.raises(OutsideUnavailable):
            ask()


def test_a_desk_that_was_never_set_up_is_empty(tmp_path: Path, clock: FrozenClock) -> None:
    desk = BuiltinApprovals(CA_NAME, a_place(f"sqlite:///{tmp_path}/ca.db", tmp_path, clock).store, clock, TEMPLATES)
    assert desk.waiting() == ()
    assert desk.untold() == ()
    assert not any(one.manual for one in desk.templates())
