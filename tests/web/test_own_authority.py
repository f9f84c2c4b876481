"""The authority of the portal itself among the connectors: how it does, as a worker saw it; alarms on the overview."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from portal.bootstrap import BUILTIN_CA, Portal
from portal.connectors.ca.builtin.setup import create_authority
from portal.db.models import OwnAuthorityWatch
from portal.domain.certificate import KeyAlgorithm
from portal.domain.own_authority import KeyState, OwnAlarm
from tests.support.clock import FrozenClock
from tests.support.pki import CA_SUBJECT, a_key, an_order
from tests.web.visits import Visit

LIST, OWN, OVERVIEW = "/admin/connectors", "/admin/authority", "/admin/"
ALARM = "Удостоверяющий центр портала требует внимания"


@pytest.fixture
def looked(portal: Portal) -> Portal:
    """It was set up, issued a certificate, and a worker has looked."""
    ca = create_authority(portal.ca_place, BUILTIN_CA, subject=CA_SUBJECT, algorithm=KeyAlgorithm.EC_P256)
    ca.request(an_order("order-1", a_key()))
    assert portal.own_authority.look() is True
    return portal


def test_before_it_is_set_up_nothing_is_looked_at(admin: Visit, portal: Portal) -> None:
    assert (portal.own_authority.order_due(), portal.own_authority.look()) == (False, False)
    assert portal.own_authority.health() is None
    assert "входит в поставку" in admin.fragment(LIST).text
    assert "Ни один обработчик ещё не проверял" in admin.fragment(OWN).text


def test_what_a_worker_saw_stands_on_its_row_and_its_page(admin: Visit, auditor: Visit, looked: Portal) -> None:
    health = looked.own_authority.health()
    assert health
    assert (health.state.issued, health.state.key, health.alarms(looked.clock.now())) == (2, KeyState.OPENS, ())
    row, (_page, own) = auditor.fragment(LIST).text, admin.both(OWN)
    assert "в порядке" in row
    assert "Выпущено 2 сертификата" in row
    for said in ("открывается", "Список отзыва создан", "Сертификат OCSP-ответчика", "domain-logon"):
        assert said in own
    assert ALARM not in admin.page(OVERVIEW).text


def test_a_look_is_ordered_when_the_last_one_is_old(looked: Portal, clock: FrozenClock) -> None:
    assert looked.own_authority.order_due() is False
    clock.advance(minutes=5)
    assert looked.own_authority.order_due() is True


def test_a_key_that_does_not_open_is_told(admin: Visit, looked: Portal, clock: FrozenClock) -> None:
    for file in (looked.settings.data_dir / "ca").glob("*.password"):
        file.unlink()
    assert looked.own_authority.look() is True
    for page in (LIST, OWN, OVERVIEW):
        assert "Ключ не открывается или не подписывает" in admin.page(page).text
    clock.advance(hours=25)
    looked.own_authority.look()
    health = looked.own_authority.health()
    assert health
    assert health.alarms(clock.now()) == (OwnAlarm.KEY_FAILS, OwnAlarm.LIST_OVERDUE)


def test_its_list_is_kept_fresh_though_nobody_fetches_it(looked: Portal, clock: FrozenClock) -> None:
    clock.advance(hours=13)
    looked.own_authority.look()
    health = looked.own_authority.health()
    assert health
    assert health.state.list_made_at == clock.now().replace(microsecond=0)


def test_a_certificate_that_ends_soon_is_told_on_the_overview(
    admin: Visit, operator: Visit, looked: Portal, clock: FrozenClock
) -> None:
    with looked.database.begin() as connection:
        connection.execute(update(OwnAuthorityWatch).values(own_until=clock.now() + timedelta(days=59)))
    seen = admin.page(OVERVIEW).text
    assert ALARM in seen
    assert "Срок сертификата УЦ скоро истечёт" in seen
    assert f'href="{OWN}"' in seen
    assert ALARM not in operator.page(OVERVIEW).text
