"""The power fails at every boundary of a run through a workstation, on either side; the end is the same.

Every case is one more renewal of the same certificate in the same office, until no boundary is left.
"""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from portal.db.models import Certificate, CertificatePlace, LeftoverObject
from portal.domain.certificate import Revocation
from portal.domain.ids import UpdateId
from portal.domain.update_state import StepStatus, UpdateStatus
from portal.ports.token import RemoveCertificate, RemoveKeyPair, TokenOrder
from portal.services.agent_task_rows import LEASE
from tests.fakes.sim_token import READER
from tests.support.agent_parts import PowerCut
from tests.support.agents import RemoteOffice, Workstation

pytestmark = pytest.mark.timeout(600)

#: More boundaries than any run has, and fewer than any has.
ENOUGH, LEAST = 500, 8


class Cut:
    """The power fails when a boundary is reached for the nth time, counted from when it is armed."""

    def __init__(self, nth: int, *, armed: bool = True) -> None:
        self.left = nth
        self.armed = armed

    def __call__(self, *_where: object) -> None:
        if self.armed:
            self.left -= 1
            if self.left == -1:
                raise PowerCut

    @property
    def fell(self) -> bool:
        return self.left < 0


class Scene:
    """A device in need of a renewal, its token in a workstation; the old certificate works until the new one does."""

    def __init__(self, office: RemoteOffice) -> None:
        self.office = office
        self.station = office.workstation("first", None, office.token)
        self.second = office.workstation("second", None, office.token)
        assert office.carry(office.order_remote(), self.station) is UpdateStatus.COMPLETED
        office.token.on_change = self.never_without
        self.number = UpdateId(0)

    def never_without(self, order: TokenOrder) -> None:
        """I1: what goes is not the only one that works."""
        token = self.office.token
        works = {key_id for key_id, _ in token.certificates if key_id in token.keys}
        if isinstance(order, RemoveCertificate | RemoveKeyPair) and order.key_id in works:
            assert len(works) > 1, "the last usable certificate"

    def begin(self) -> None:
        """The certificate is about to expire again, and its renewal is ordered."""
        self.office.clock.advance(days=360)
        self.office.touch(self.station.agent)
        self.number = self.office.order_remote()

    def carry(self, *stations: Workstation, cut: Cut | None = None) -> None:
        """Everybody works until it is over; a worker that dies is replaced once its lease ends."""
        office, usual = self.office, self.office.advance

        def dying(number: UpdateId, *_: object) -> UpdateStatus | None:
            try:
                return usual(number, cut) if cut else usual(number)
            except PowerCut:
                office.clock.advance(seconds=16)
                return None

        office.advance = dying  # type: ignore[method-assign, assignment]
        office.carry(self.number, *stations, rounds=300)
        office.advance = usual  # type: ignore[method-assign]

    def judge(self, *expected: UpdateStatus) -> None:
        """I1, I2, I3, I6, I8 as they show at the end, and nothing is left to do for anybody."""
        office, token = self.office, self.office.token
        assert office.row(self.number).status in expected
        rows = self.certificates()
        there = {fingerprint for _, fingerprint in token.certificates}
        assert there == {row.fingerprint for row in rows if row.status is CertificatePlace.WRITTEN}
        alone = set(token.keys) - {key_id for key_id, _ in token.certificates}
        assert alone == self.left_behind()
        assert len(there) == 1
        issued = [READER.certificate(one.der()).fingerprint for _, one in office.ca.ledger]
        assert len({order for order, _ in office.ca.ledger}) == len(issued)
        assert set(issued) == {row.fingerprint for row in rows}
        assert all((row.revocation is Revocation.REVOKED) is (row.serial in office.ca.revoked) for row in rows)
        if office.row(self.number).status is UpdateStatus.COMPLETED:
            assert {status for _, status in office.steps(self.number)} == {StepStatus.DONE}
            assert not alone
        office.clock.advance(minutes=1)
        office.sweep()
        assert not office.task(self.number).state.active
        assert not {"open", "handed"} & set(office.order_states(self.number))

    def left_behind(self) -> set[str]:
        with self.office.database.read() as connection:
            return set(connection.execute(select(LeftoverObject.key_id)).scalars())

    def certificates(self) -> list[Any]:
        with self.office.database.read() as connection:
            return list(connection.execute(select(Certificate.__table__)))


@pytest.fixture
def scene(office: RemoteOffice) -> Scene:
    return Scene(office)


def each(scene: Scene, case: Callable[[int], bool], *, stride: int = 1) -> int:
    """One case after the other until no boundary is left to die at; how many there were.

    Every ``stride``-th boundary is one: no multiple of the points of an order, so that each kind of point is met. On
    PostgreSQL, which tells the same at a higher price, they are fewer.
    """
    fewer = 1 if scene.office.database.engine.dialect.name == "sqlite" else 4
    for number, nth in enumerate(range(0, ENOUGH, stride * fewer), 1):
        if not case(nth):
            assert nth >= LEAST, "there are as many boundaries as that"
            return number
    raise AssertionError("it never ends")


def test_a_worker_that_dies_at_any_boundary(scene: Scene) -> None:
    def case(nth: int) -> bool:
        cut = Cut(nth)
        scene.begin()
        scene.carry(scene.station, cut=cut)
        scene.judge(UpdateStatus.COMPLETED)
        return cut.fell

    each(scene, case)


def test_a_worker_that_dies_at_any_boundary_of_the_way_back(scene: Scene) -> None:
    """A person stops the update once its new certificate is on the token and not proved."""

    def case(nth: int) -> bool:
        cut = Cut(nth, armed=False)
        scene.begin()
        written = len(scene.office.token.certificates) + 1

        def stop(*_where: object) -> None:
            if not cut.armed and len(scene.office.token.certificates) == written:
                cut.armed = True
                scene.office.updates.cancel(scene.number, actor="operator")

        scene.station.at = stop
        scene.carry(scene.station, cut=cut)
        scene.station.at = lambda *_: None
        scene.judge(UpdateStatus.CANCELLED)
        return cut.fell

    each(scene, case, stride=2)


def test_a_person_stops_it_anywhere(scene: Scene) -> None:
    def case(nth: int) -> bool:
        moment = Cut(nth)
        scene.begin()

        def stop(*where: object) -> None:
            try:
                moment(*where)
            except PowerCut:
                scene.office.updates.cancel(scene.number, actor="operator")

        scene.station.at = stop
        scene.carry(scene.station)
        scene.station.at = lambda *_: None
        scene.judge(UpdateStatus.CANCELLED, UpdateStatus.COMPLETED)
        return moment.fell

    each(scene, case, stride=3)


def test_a_workstation_that_dies_anywhere_and_is_started_again(scene: Scene) -> None:
    def case(nth: int) -> bool:
        scene.station.at = cut = Cut(nth)
        scene.begin()
        scene.carry(scene.station)
        scene.judge(UpdateStatus.COMPLETED)
        return cut.fell

    made = scene.office.token.made
    cases = each(scene, case, stride=3)
    assert scene.office.token.made == made + cases, "one key pair for each renewal"


def test_a_workstation_that_dies_anywhere_and_another_that_finishes(scene: Scene) -> None:
    """The first comes back when all is over and says what it has to say."""

    def case(nth: int) -> bool:
        scene.station.at = cut = Cut(nth)
        scene.begin()
        scene.office.work()
        scene.station.turn()
        if cut.fell:
            scene.office.clock.advance(seconds=LEASE.total_seconds())
            scene.carry(scene.second)
        else:
            scene.carry(scene.station)
        scene.station.at = lambda *_: None
        scene.station.turn()
        scene.judge(UpdateStatus.COMPLETED)
        return cut.fell

    made = scene.office.token.made
    cases = each(scene, case, stride=3)
    assert scene.office.token.made == made + cases, "one key pair for each renewal"
    assert set(scene.station.refused) <= {"epoch_over"}
