"""Identity checks on the first page: what waits, what needs somebody, and how the exchange does."""

from datetime import timedelta

import pytest

from portal.bootstrap import Portal
from portal.domain.errors import OutsideUnavailable
from portal.ports.exchange import ExchangeHealth, Received, Unreadable
from portal.ports.signer import SignerHealth
from tests.fakes.exchange import FakeExchange
from tests.support.clock import FrozenClock
from tests.web.checks import SNILS, SNILS_DIFFERS, a_check, registers_answer
from tests.web.test_exchange import ADAPTER, DIRECT, PAGE, saved
from tests.web.visits import Visit
from tests.web.world import World


class Silent(FakeExchange):
    """One whose queue nobody can read while it is down."""

    down = True
    until: SignerHealth | None = None

    def next_answer(self) -> Received | Unreadable | None:
        if self.down:
            raise OutsideUnavailable("exchange_unavailable")
        return super().next_answer()

    def health(self) -> ExchangeHealth:
        return ExchangeHealth(reachable=True, signer=self.until)


@pytest.fixture
def exchange(portal: Portal) -> Silent:
    made = Silent()
    portal.exchange.opener = lambda _settings: made
    return made


def test_all_is_well(auditor: Visit) -> None:
    _page, fragment = auditor.both("/admin/")
    assert "Ни одна проверка не ждёт ответа или решения" in fragment


def test_what_waits_and_what_needs_somebody(operator: Visit, portal: Portal, world: World, clock: FrozenClock) -> None:
    a_check(portal, world.belyaeva, frozenset({SNILS}))
    registers_answer(portal, FakeExchange(), {"SnilsValidationRequest": SNILS_DIFFERS})
    a_check(portal, world.stranger)
    clock.advance(minutes=10)
    _page, fragment = operator.both("/admin/")
    assert 'href="/admin/identity/?state=unsettled"' in fragment
    assert "дольше всех" in fragment
    waiting = operator.fragment("/admin/identity/?state=pending&order=oldest").text
    assert "Посторонний" in waiting
    assert "Беляева" not in waiting


def test_since_when_the_exchange_is_silent(
    admin: Visit, operator: Visit, portal: Portal, exchange: Silent, clock: FrozenClock
) -> None:
    saved(admin, ADAPTER)
    portal.identity_polling.round()
    clock.advance(minutes=12)
    portal.identity_polling.round()
    assert "СМЭВ не отвечает" in admin.page("/admin/").text
    assert "СМЭВ не отвечает" not in operator.page("/admin/").text, "it is not his to mend"
    watch = portal.exchange_watch.state()
    assert watch is not None
    assert watch.down_since == clock.now() - timedelta(minutes=12)
    exchange.down = False
    clock.advance(minutes=11)
    portal.identity_polling.round()
    assert "СМЭВ не отвечает" not in admin.page("/admin/").text
    assert "СМЭВ отвечает" in admin.page(PAGE).text


def test_certificates_that_end_soon(admin: Visit, portal: Portal, exchange: Silent, clock: FrozenClock) -> None:
    saved(admin, DIRECT)
    exchange.until = SignerHealth(ready=True, not_after=clock.now() + timedelta(days=60))
    assert portal.exchange_watch.look_at_certificate() == 1
    assert "Наш сертификат для СМЭВ" not in admin.page("/admin/").text
    exchange.until = SignerHealth(ready=True, not_after=clock.now() + timedelta(days=12))
    portal.exchange_watch.look_at_certificate()
    page = admin.page("/admin/").text
    assert "Наш сертификат для СМЭВ" in page
    assert "истекает через 12 дней" in page
    exchange.until = None
    assert portal.exchange_watch.look_at_certificate() == 0
