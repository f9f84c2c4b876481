"""What connected authorities issue: workers ask and write it down, whoever edits a policy only reads."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from portal.connectors.vault_local import LocalVault
from portal.db.queries.told_templates import told_when
from portal.db.transaction import Database
from portal.domain.certificate import Purpose
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import OutsideUnavailable
from portal.domain.ids import ConnectorId
from portal.domain.policy_offers import OfferedTemplate, PolicyOffers
from portal.services.connected_authorities import ConnectedAuthorities
from portal.services.connector_watch import ConnectorWatch
from portal.services.connectors import Connectors
from portal.services.policy_offers import Offers
from portal.services.told_templates import BELIEVED, FRESH, TELLING, ToldTemplates
from tests.fakes.authority import FakeAuthorities, FakeAuthority
from tests.support.clock import FrozenClock
from tests.support.connectors import a_draft

SIGNATURE = OfferedTemplate("sign", Purpose.SIGN, timedelta(days=365), needs=frozenset({"email"}))
COPIED = OfferedTemplate("mail", Purpose.ENCRYPT, timedelta(days=30), escrow=True)


@dataclass
class Lists(FakeAuthority):
    """One that tells what it issues; how often it was asked."""

    asked: int = 0
    told: tuple[OfferedTemplate, ...] | None = (SIGNATURE, COPIED)

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        self.asked += 1
        if self.told is None:
            raise OutsideUnavailable("ca_unavailable", ca="enterprise")
        return self.told


@dataclass
class Line:
    """Jobs as they were ordered."""

    orders: list[ConnectorId] = field(default_factory=list)

    def ask_templates(self, connector: ConnectorId, number: int) -> None:
        assert number > 0
        self.orders.append(connector)


@dataclass
class Rig:
    """A connected authority, and everything between it and a policy."""

    told: ToldTemplates
    offers: Offers
    connectors: Connectors
    authority: Lists
    line: Line
    number: ConnectorId

    def gathered(self) -> PolicyOffers:
        return self.offers.gather()


@pytest.fixture
def rig(
    database: Database, clock: FrozenClock, vault: LocalVault, connectors: Connectors, watch: ConnectorWatch
) -> Rig:
    lists, line = Lists(clock), Line()
    authorities = ConnectedAuthorities(FakeAuthorities({}), (), database, vault, watch, lambda _values: lists)
    number = connectors.add(a_draft(), actor="admin")
    offers = Offers(database, authorities, authorities.names)
    return Rig(ToldTemplates(database, clock, authorities, line), offers, connectors, lists, line, number)


def test_a_policy_reads_what_was_told_and_never_calls(rig: Rig, clock: FrozenClock) -> None:
    assert rig.gathered().silent == {"enterprise"}
    assert rig.authority.asked == 0
    assert rig.told.ask(rig.number) is True
    told_at = clock.now()
    clock.advance(hours=5)
    found = rig.gathered()
    assert found.authorities == {"enterprise": (SIGNATURE, COPIED)}
    assert (found.silent, found.as_of, rig.authority.asked) == (frozenset(), {"enterprise": told_at}, 1)


def test_it_is_asked_again_for_who_looks_after_a_minute_and_for_nobody_later(rig: Rig, clock: FrozenClock) -> None:
    assert (rig.told.order(), rig.told.order()) == (1, 0)  # the second page waits for the same answer
    rig.told.ask(rig.number)
    clock.advance(seconds=59)
    assert rig.told.order() == 0
    clock.advance(seconds=1)
    assert (rig.told.order_due(), rig.told.order()) == (0, 1)
    assert rig.line.orders == [rig.number, rig.number]
    clock.advance(seconds=BELIEVED.total_seconds())
    assert rig.told.order_due() == 1


def test_a_lost_order_is_given_again(rig: Rig, clock: FrozenClock) -> None:
    assert rig.told.order_due() == 1
    clock.advance(seconds=FRESH.total_seconds())
    assert rig.told.order_due() == 1


def test_one_that_was_changed_is_asked_anew_and_believed_until_then(rig: Rig, clock: FrozenClock) -> None:
    rig.told.ask(rig.number)
    clock.advance(seconds=1)
    rig.connectors.change(rig.number, a_draft(poll_minutes="9"), version=1, actor="admin")
    assert rig.told.order_due() == 1
    assert rig.gathered().authorities["enterprise"] == (SIGNATURE, COPIED)


def test_what_does_not_answer_is_believed_what_it_told_before(rig: Rig, clock: FrozenClock) -> None:
    rig.told.ask(rig.number)
    rig.authority.told = None
    clock.advance(hours=1)
    assert rig.told.ask(rig.number) is False
    assert rig.gathered().authorities["enterprise"] == (SIGNATURE, COPIED)
    assert rig.told.order() == 0  # it backs off
    rig.connectors.pause(rig.number, actor="admin")
    clock.advance(hours=1)
    assert (rig.told.order(), rig.told.ask(rig.number), rig.authority.asked) == (0, False, 2)


def test_what_people_typed_is_not_asked_for(rig: Rig, database: Database) -> None:
    assert {ConnectorKind.CA_DJANGO} == TELLING
    rig.connectors.remove(rig.number, actor="admin")
    with database.read() as connection:
        assert told_when(connection) == {}
    assert (rig.told.ask(rig.number), rig.told.order()) == (False, 0)


def test_an_answer_for_a_connector_that_was_removed_meanwhile_is_dropped(rig: Rig) -> None:
    def removing() -> tuple[OfferedTemplate, ...]:
        rig.connectors.remove(rig.number, actor="admin")
        return (SIGNATURE,)

    rig.authority.offered_templates = removing  # type: ignore[method-assign]
    assert rig.told.ask(rig.number) is False


def test_two_who_look_at_once_have_it_asked_once(rig: Rig, clock: FrozenClock) -> None:
    class Both(Line):
        def ask_templates(self, connector: ConnectorId, number: int) -> None:
            super().ask_templates(connector, number)
            rig.told.order()

    line = Both()
    assert replace(rig.told, queue=line).order() == 1
    assert (line.orders, rig.line.orders) == ([rig.number], [])
