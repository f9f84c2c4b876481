"""Before a counterpart is called: paused or backing off it is left alone; after: how it answered is known."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from portal.connectors.vault_local import LocalVault
from portal.db.queries.connectors import troubled_connectors
from portal.db.transaction import Database
from portal.domain.certificate import Purpose, Revocation
from portal.domain.connector_health import Health, Standing
from portal.domain.errors import InvalidInput, OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.domain.outcomes import Done, Outcome, Refused, Unknown, WaitingFor
from portal.domain.policy_offers import OfferedTemplate
from portal.domain.troubles import Trouble, why
from portal.ports.certificate_authority import (
    CertificateOrder,
    IssuedCertificate,
    RevocationLister,
    RevocationOrder,
    Suspender,
    TemplateLister,
    Withdrawer,
)
from portal.ports.connectors import ConnectorValues
from portal.services.connected_authorities import ConnectedAuthorities
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.watched_authority import watched
from tests.fakes.authority import FakeAuthorities, FakeAuthority
from tests.fakes.reader import public_key_of, request_of
from tests.support.clock import FrozenClock
from tests.support.connectors import a_draft

#: What is special about a database lies in the tests of keeping.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ORDER = CertificateOrder("order-1", "vpn", request_of(public_key_of("key")), (("CN", "Ёлкина"),))
DOWN = Refused(why(Trouble.CA_UNAVAILABLE, "no route"), permanent=False)


@dataclass
class Line:
    """The way to a counterpart: how often it was called, and what comes back instead of its answer."""

    calls: int = 0
    broken: Refused | OutsideUnavailable | None = None
    opened: list[ConnectorValues] = field(default_factory=list)


@dataclass
class Reached(FakeAuthority):
    """An authority at the end of the line that lists what it offers as well."""

    line: Line = field(default_factory=Line)

    def request(self, order: CertificateOrder) -> Outcome[IssuedCertificate]:
        self.line.calls += 1
        if isinstance(self.line.broken, OutsideUnavailable):
            raise self.line.broken
        return self.line.broken or super().request(order)


@dataclass
class Rig:
    """Everything around one connector."""

    authorities: ConnectedAuthorities
    connectors: Connectors
    watch: ConnectorWatch
    number: ConnectorId
    line: Line

    def request(self) -> Outcome[IssuedCertificate]:
        found = self.authorities.get("enterprise")
        assert found
        return found.request(ORDER)

    def health(self) -> Health:
        row = self.watch.row(self.number)
        assert row
        return row.health


@pytest.fixture
def rig(
    database: Database, clock: FrozenClock, vault: LocalVault, connectors: Connectors, watch: ConnectorWatch
) -> Rig:
    line = Line()

    def opens(values: ConnectorValues) -> Reached:
        line.opened.append(values)
        return Reached(clock, line=line)

    own = FakeAuthorities({"main": FakeAuthority(clock)})
    authorities = ConnectedAuthorities(own, ("main",), database, vault, watch, opens)
    number = connectors.add(a_draft(), actor="admin")
    return Rig(authorities, connectors, watch, number, line)


def test_authorities_are_found_by_name_and_opened_once_for_each_change(rig: Rig) -> None:
    assert rig.authorities.names() == ("main", "enterprise")
    assert rig.authorities.get("main") is rig.authorities.own.get("main")
    assert rig.authorities.get("nobody") is None
    assert rig.authorities.get("enterprise") is rig.authorities.get("enterprise")
    rig.connectors.change(rig.number, a_draft(poll_minutes="9"), version=1, actor="admin")
    rig.authorities.get("enterprise")
    assert [one.plain["poll_minutes"] for one in rig.line.opened] == ["5", "9"]


def test_it_can_what_the_one_behind_it_can(rig: Rig) -> None:
    found: object = rig.authorities.get("enterprise")
    assert isinstance(found, Suspender)
    assert isinstance(found, Withdrawer)
    assert not isinstance(found, RevocationLister)


def test_what_it_cannot_tell_itself_is_what_people_typed(rig: Rig, clock: FrozenClock) -> None:
    row = rig.watch.row(rig.number)
    assert row
    typed = (OfferedTemplate("vpn", Purpose.AUTHENTICATE, timedelta(days=365)),)
    found: object = watched(FakeAuthority(clock), rig.watch.of(row), typed)
    assert isinstance(found, TemplateLister)
    assert found.offered_templates() == typed


def test_settings_that_fit_no_more_are_told(rig: Rig) -> None:
    def refuses(_values: ConnectorValues) -> Reached:
        raise InvalidInput({"address": "required"})

    rig.authorities.opens = refuses
    with pytest.raises(OutsideUnavailable, match="connector_misset"):
        rig.authorities.get("enterprise")


def test_answers_go_through_and_are_noted(rig: Rig, clock: FrozenClock) -> None:
    assert isinstance(rig.request(), Done)
    assert rig.health() == Health(answered_at=clock.now())


def test_a_counterpart_that_is_down_is_asked_less_and_less_and_at_once_again_when_it_answers(
    rig: Rig, clock: FrozenClock, database: Database
) -> None:
    rig.line.broken = DOWN
    assert rig.request() == DOWN
    assert (rig.health().failures, rig.health().detail) == (1, "no route")
    shut = rig.request()
    assert isinstance(shut, Refused)
    assert (shut.why.trouble, shut.permanent, rig.line.calls) == (Trouble.CA_UNAVAILABLE, False, 1)

    clock.advance(seconds=2)
    rig.request()
    assert (rig.line.calls, rig.health().failures) == (2, 2)
    assert rig.health().next_try_at == clock.now() + timedelta(seconds=4)
    with database.read() as connection:
        assert [one.name for one in troubled_connectors(connection)] == ["enterprise"]

    rig.line.broken = None
    clock.advance(seconds=4)
    assert isinstance(rig.request(), Done)
    assert rig.health() == Health(failed_at=clock.now() - timedelta(seconds=4), answered_at=clock.now())
    with database.read() as connection:
        assert troubled_connectors(connection) == ()


def test_what_is_raised_becomes_an_answer(rig: Rig) -> None:
    rig.line.broken = OutsideUnavailable("ca_unavailable", why="reset")
    answer = rig.request()
    assert isinstance(answer, Refused)
    assert (answer.why.detail, answer.permanent, rig.health().detail) == ("reset", False, "reset")


def test_nobody_calls_out_through_a_paused_one(rig: Rig) -> None:
    rig.connectors.pause(rig.number, actor="admin")
    found = rig.authorities.get("enterprise")
    assert found
    refused, effect = found.request(ORDER), found.effect_of(ORDER)
    assert refused == Refused(why(Trouble.CONNECTOR_PAUSED, connector="enterprise"), permanent=False, asked=False)
    assert effect == Unknown(why(Trouble.CONNECTOR_PAUSED, connector="enterprise"), WaitingFor.RETRY)
    assert found.revoke(RevocationOrder("r", "77")) == refused
    assert found.status("77") is Revocation.UNKNOWN
    assert rig.line.calls == 0
    rig.connectors.resume(rig.number, actor="admin")
    assert isinstance(rig.request(), Done)


def test_several_that_ask_at_once_count_as_one(rig: Rig) -> None:
    for _one in range(5):
        rig.watch.failed(rig.number, "ca_unavailable", "")
    assert rig.health().failures == 1


def test_resuming_asks_at_once(rig: Rig) -> None:
    rig.line.broken = DOWN
    rig.request()
    rig.connectors.pause(rig.number, actor="admin")
    rig.connectors.resume(rig.number, actor="admin")
    rig.line.broken = None
    assert isinstance(rig.request(), Done)


def test_what_calls_and_raises_is_watched_the_same(rig: Rig, clock: FrozenClock) -> None:
    row = rig.watch.row(rig.number)
    assert row
    guard, heard = rig.watch.of(row), []

    def silent() -> None:
        heard.append(clock.now())
        raise OutsideUnavailable("ca_unavailable", why="down")

    for _try in range(2):
        with pytest.raises(OutsideUnavailable):
            guard.run(silent)
    assert len(heard) == 1
    clock.advance(seconds=2)
    assert guard.run(lambda: "there") == "there"
    assert rig.health().failures == 0


def test_a_connector_that_was_removed_is_called_no_more(rig: Rig) -> None:
    found = rig.authorities.get("enterprise")
    assert found
    rig.connectors.remove(rig.number, actor="admin")
    assert isinstance(found.request(ORDER), Refused)
    assert rig.line.calls == 0
    rig.watch.failed(rig.number, "ca_unavailable", "")
    rig.watch.answered(rig.number)
    assert rig.authorities.get("enterprise") is None


def test_how_it_stands_in_one_word(rig: Rig) -> None:
    row = rig.watch.row(rig.number)
    assert row
    assert row.health.standing(row.state) is Standing.UNTRIED
