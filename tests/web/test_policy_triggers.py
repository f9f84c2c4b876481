"""A policy changed through its pages makes the right device due with the right words, as was foretold."""

from collections.abc import Callable

import pytest
from sqlalchemy import insert

from portal.bootstrap import Portal
from portal.db.models import CommonCertificateVersion
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.domain.ids import PolicyId
from tests.support.clock import NOON
from tests.web.policies.editing import DRAFT, TEMPLATE
from tests.web.visits import Visit
from tests.web.world import World

Form = tuple[str, dict[str, object]]
NEW: dict[str, object] = {**TEMPLATE, "name": "Почта", "ca_template": "main|mail-2|sign"}
LONG: dict[str, object] = {**TEMPLATE, "renewal_days": "350"}
WIFI: dict[str, object] = {"common": ["Wi-Fi"], "how": ["required"]}

#: What is sent, and what the device that was in order says afterwards.
TRIGGERS: dict[str, tuple[list[Form], str]] = {
    "a template is taken out": ([("templates/1/removal", {})], "Состав шаблонов политики изменён, убран: VPN"),
    "a template is added": ([("templates/new", NEW)], "Состав шаблонов политики изменён, добавлен: Почта"),
    "the renewal window grows": ([("templates/0", LONG)], "Истекает срок действия сертификата «Подпись»"),
    "a common certificate is added": ([("sections/commons", WIFI)], "Общие сертификаты изменены, добавлен: Wi-Fi"),
    "a connector is switched on": ([("sections/registers", {"secret_net": "y"})], "Secret Net Studio"),
}
#: Changes that make nobody due.
HARMLESS: dict[str, list[Form]] = {
    "another name": [("sections/general", {"name": "Офис"})],
    "an optional template more": [("templates/new", {**NEW, "optional": "yes"})],
    "rules of self-service": [("sections/self_service", {"update": "y"})],
    "an optional common certificate": [("sections/commons", {**WIFI, "how": ["optional"]})],
}


class Silent:
    """No authority answers, so that a template may be named that none here offers."""

    def get(self, _name: str) -> None:
        return None

    def names(self) -> tuple[str, ...]:
        return ("main",)


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.__dict__["authorities"] = Silent()
    values = {"name": "Wi-Fi", "version": 1, "fingerprint": "ab" * 32, "subject": "CN=Wi-Fi", "sealed": b"-"}
    with portal.database.begin() as connection:
        dates = {"not_before": NOON, "not_after": NOON.replace(year=2030), "created_at": NOON}
        connection.execute(insert(CommonCertificateVersion).values(**values, **dates))
    return portal


@pytest.fixture
def publish(admin: Visit, portal: Portal) -> Callable[[list[Form]], str]:
    """Send the forms, read the forecast, publish, and let the monitor do its work; answers the forecast."""
    number = portal.policy_drafts.open(PolicyId(1), actor="anna")

    def now() -> DraftRow:
        with portal.database.read() as connection:
            return draft_row(connection, number)

    def done(forms: list[Form]) -> str:
        for place, values in forms:
            answer = admin.post(f"{DRAFT}/{place}", {"revision": now().revision, **values}, follow=True)
            assert answer.status_code == 200, answer.text
        forecast = admin.fragment(f"{DRAFT}/forecast").text
        answer = admin.post(f"{DRAFT}/publishing", {"revision": now().revision}, follow=True)
        assert "версия 2 опубликована" in answer.text
        while portal.monitor.review_marked() or portal.monitor.review_due():
            pass
        return forecast

    return done


@pytest.mark.parametrize("case", TRIGGERS)
def test_a_change_makes_the_device_due_as_foretold(
    admin: Visit, publish: Callable[[list[Form]], str], world: World, case: str
) -> None:
    forms, sentence = TRIGGERS[case]
    address = f"/admin/devices/{world.fine}"
    assert sentence not in admin.page(address).text
    forecast = publish(forms)
    assert sentence in admin.page(address).text
    assert "Обновление понадобится 1 устройству" in forecast
    assert sentence in forecast
    assert "0947201553" in admin.page("/admin/devices?reason=any").text


@pytest.mark.parametrize("case", HARMLESS)
def test_what_concerns_no_device_makes_none_due(
    admin: Visit, publish: Callable[[list[Form]], str], world: World, case: str
) -> None:
    forecast = publish(HARMLESS[case])
    assert "Обновление не понадобится ни одному устройству" in forecast
    assert "0947201553" not in admin.page("/admin/devices?reason=any").text
    assert admin.page(f"/admin/devices/{world.fine}").status_code == 200
