"""Every standing of a device has plain words for its holder, in both languages, and says what to do next."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask_babel import force_locale

from portal.bootstrap import Portal
from portal.domain.device import DeviceState
from portal.domain.findings import Finding, UpdateReason
from portal.domain.outcomes import WaitingFor
from portal.domain.self_service import SelfServiceRule
from portal.domain.troubles import Trouble, why
from portal.domain.update_state import ACTIVE
from portal.selfservice import words
from portal.selfservice.standing import ON_DATA
from portal.selfservice.words import Verdict
from portal.web.words.self_service import kept_from_holders
from tests.support.clock import FrozenClock
from tests.web.runs import Runner
from tests.web.visits import Visit
from tests.web.world import World

KINDS = {"fine", "due", "problem", "waiting", "neutral"}


@pytest.fixture(params=["ru", "en"])
def language(app: Flask, request: pytest.FixtureRequest) -> Iterator[str]:
    with app.test_request_context(), force_locale(request.param):
        yield request.param


def sound(verdict: Verdict, language: str) -> None:
    for text in (verdict.title, verdict.text):
        assert text
        assert "%(" not in text
        assert any("а" <= letter <= "я" for letter in text.lower()) is (language == "ru"), text
    assert verdict.kind in KINDS
    assert not verdict.title.endswith(".")


def test_every_reason_has_a_headline(language: str, clock: FrozenClock) -> None:
    now = clock.now()
    for reason in UpdateReason:
        verdict = words.due(Finding(reason, "Key", until=now + timedelta(days=3)), now)
        sound(verdict, language)


def test_every_run_tells_its_holder_what_it_means(language: str) -> None:
    for status, whom in product(sorted(ACTIVE), (None, *WaitingFor)):
        sound(words.running(status, whom), language)


def test_data_that_are_wanted_are_asked_for(language: str) -> None:
    for trouble in ON_DATA:
        sound(words.waits_for_data(trouble), language)


def test_every_rest_has_words(language: str, clock: FrozenClock) -> None:
    for state in words.AT_REST:
        sound(words.at_rest(state), language)
    found = [words.no_policy(), words.waits_for_holder(), words.to_be_issued(), words.not_by_holder("Office")]
    for verdict in (*found, words.in_order(None), words.in_order(clock.now())):
        sound(verdict, language)
    assert set(words.AT_REST) == {DeviceState.CLEAN, DeviceState.DISABLED, DeviceState.REVOKED}


def test_every_rule_is_named_when_it_forbids(language: str) -> None:
    for rule in SelfServiceRule:
        _kind, title, text = kept_from_holders({"rule": rule.value, "policy": "Office"})
        assert title
        assert "Office" in text
        assert "%(" not in text


def test_a_stuck_update_sends_the_holder_to_an_administrator(employee: Visit, portal: Portal, world: World) -> None:
    run = Runner(portal, world).enter_pin().gets_stuck()
    page, _fragment = employee.both("/my/")
    assert "Обновление остановлено до решения администратора" in page
    page, _fragment = employee.both(f"/my/updates/{run.update}")
    assert "сообщите ему" in page
    assert "settlement" not in page


def test_a_decision_of_the_authority_is_waited_for(employee: Visit, portal: Portal, world: World) -> None:
    Runner(portal, world).enter_pin().waits(WaitingFor.CA, why(Trouble.CA_DECIDES))
    page, _fragment = employee.both("/my/")
    assert "Ваш запрос на сертификат рассматривается" in page
    assert "Посмотреть ход" in page


def test_an_update_that_moves_is_named(employee: Visit, portal: Portal, world: World) -> None:
    Runner(portal, world).enter_pin()
    assert "Ваш токен обновляется" in employee.page("/my/").text
