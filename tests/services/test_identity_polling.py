"""The exchange as it is set up, and when it is asked."""

from uuid import uuid1

import pytest

from portal.connectors.smev.kinds.catalogue import CATALOGUE
from portal.domain.errors import Conflict, InvalidInput, OutsideUnavailable
from portal.domain.exchange_settings import ExchangeSettings
from portal.domain.identity_check import Verdict
from portal.ports.exchange import ExchangeHealth
from portal.services.exchange_settings import Exchange
from portal.services.exchange_watch import ExchangeWatch
from portal.services.identity_answering import IdentityAnswering
from portal.services.identity_asking import IdentityAsking
from portal.services.identity_polling import IdentityPolling
from tests.domain.test_exchange_settings import ADAPTER
from tests.services.identity_bureau import Bureau
from tests.support.office import Office


@pytest.fixture
def bureau(office: Office) -> Bureau:
    return Bureau(office)


@pytest.fixture
def exchange(bureau: Bureau) -> Exchange:
    office = bureau.office
    return Exchange(office.database, office.clock, lambda _settings: bureau.exchange, lambda: str(uuid1()))


@pytest.fixture
def polling(bureau: Bureau, exchange: Exchange) -> IdentityPolling:
    office = bureau.office
    parts = (office.database, office.clock, bureau.vault, CATALOGUE, office.bell)
    watch = ExchangeWatch(office.database, office.clock, exchange)
    asking, answering = IdentityAsking(*parts), IdentityAnswering(*parts)
    return IdentityPolling(office.database, office.clock, exchange, asking, answering, watch)


def test_settings_are_kept_and_changed_by_one_at_a_time(exchange: Exchange) -> None:
    assert exchange.settings() == (None, 0)
    assert exchange.sender() is None
    exchange.save(ADAPTER, version=0, actor="admin")
    assert exchange.settings() == (ADAPTER, 1)
    sender = exchange.sender()
    assert sender is not None
    assert sender.asker == ADAPTER.asker
    assert exchange.sender() is sender
    with pytest.raises(Conflict):
        exchange.save(ADAPTER, version=0, actor="other")
    exchange.save(ADAPTER, version=1, actor="admin")
    assert exchange.sender() is not sender
    with pytest.raises(InvalidInput):
        exchange.save(ExchangeSettings(), version=2, actor="admin")


def test_settings_can_be_tried_before_they_are_kept(exchange: Exchange) -> None:
    assert exchange.check(ADAPTER) == ExchangeHealth(reachable=True)
    with pytest.raises(InvalidInput):
        exchange.check(ExchangeSettings())


def test_a_check_goes_through_by_rounds(bureau: Bureau, exchange: Exchange, polling: IdentityPolling) -> None:
    number = bureau.start()
    assert polling.round() == 0
    exchange.save(ADAPTER, version=0, actor="admin")
    assert polling.round() == 2
    bureau.registers_answer()
    bureau.office.clock.advance(seconds=1)
    assert polling.round() == 2
    assert bureau.verdict(number) is Verdict.CONFIRMED


def test_while_nothing_is_awaited_the_queue_is_looked_at_seldom(
    bureau: Bureau, exchange: Exchange, polling: IdentityPolling
) -> None:
    exchange.save(ADAPTER, version=0, actor="admin")
    polling.round()
    bureau.exchange.answer("somebody's", "<x/>")
    bureau.office.clock.advance(minutes=14)
    assert polling.round() == 0
    bureau.office.clock.advance(minutes=1)
    assert polling.round() == 1


def test_an_exchange_that_is_away_is_left_alone(
    bureau: Bureau, exchange: Exchange, polling: IdentityPolling, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.save(ADAPTER, version=0, actor="admin")
    looks = []

    def away() -> None:
        looks.append(1)
        raise OutsideUnavailable("smev_unavailable")

    monkeypatch.setattr(bureau.exchange, "next_answer", away)
    for _ in range(20):
        polling.round()
        bureau.office.clock.advance(seconds=1)
    assert len(looks) == 2
