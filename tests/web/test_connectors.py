"""Pages of connectors: set up, checked, paused and removed; secrets go in and never come back."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.bootstrap import Portal
from portal.domain.connector_health import ConnectorState, Health
from portal.domain.connector_kinds import KINDS as SPECS
from portal.domain.connector_kinds import ConnectorKind
from portal.domain.errors import NotFound
from portal.domain.ids import ConnectorId
from portal.ports.connectors import TraceLine, TraceStep
from portal.ports.directory import DirectoryTrouble
from portal.services.connectors import ConnectorDraft
from portal.web.words.connector_fields import FIELDS
from portal.web.words.connectors import KINDS, trouble_sentence
from tests.fakes.authority import FakeAuthority
from tests.support.clock import FrozenClock
from tests.support.connectors import KIND, SECRET, a_draft, typed
from tests.web.visits import Visit

PAGE = "/admin/connectors"


@pytest.fixture
def number(portal: Portal) -> ConnectorId:
    return portal.connectors.add(a_draft(), actor="admin")


def test_the_authority_of_the_portal_stands_among_them(admin: Visit, auditor: Visit) -> None:
    page, fragment = admin.both(PAGE)
    assert "входит в поставку" in fragment
    assert 'href="/admin/connectors/new"' in page
    assert "/admin/connectors/new" not in auditor.page(PAGE).text


def test_a_kind_is_chosen_and_set_up(admin: Visit, portal: Portal) -> None:
    assert "django-ca" in admin.page(f"{PAGE}/new").text
    assert 'name="ca_serial"' in admin.page(f"{PAGE}/new?kind=ca.django").text
    assert "django-ca" in admin.page(f"{PAGE}/new?kind=nothing").text
    assert admin.post(f"{PAGE}/new").location == f"{PAGE}/new"
    answer = admin.post(f"{PAGE}/new?kind=ca.django", {"name": "enterprise", **typed()})
    assert answer.status_code == 303
    values = portal.connectors.values(ConnectorId(1))
    assert (values.name, values.all) == ("enterprise", typed())
    assert "ещё не опробован" in admin.page(answer.location).text


def test_what_cannot_be_used_stands_beside_its_field(admin: Visit) -> None:
    answer = admin.post(f"{PAGE}/new?kind=ca.django", {"name": "main", **typed()})
    assert answer.status_code == 422
    assert "Такое имя уже есть у другого коннектора" in answer.text
    answer = admin.post(f"{PAGE}/new?kind=ca.django", {"name": "own", **typed(poll_minutes="0")})
    assert 'aria-invalid="true"' in answer.text
    assert "https://ca.example/django-ca/api" in answer.text  # what was typed stays, but no secret
    assert SECRET not in answer.text


def test_settings_are_changed_once(admin: Visit, number: ConnectorId, portal: Portal) -> None:
    first = admin.post(f"{PAGE}/{number}", {**typed(poll_minutes="9"), "revision": "1"})
    second = admin.post(f"{PAGE}/{number}", {**typed(poll_minutes="7"), "revision": "1"})
    assert (first.status_code, second.status_code) == (303, 409)
    assert "Коннектор изменил кто-то другой" in second.text
    assert portal.connectors.values(number).plain["poll_minutes"] == "9"
    assert admin.post(f"{PAGE}/{number}", {**typed(address="x"), "revision": "2"}).status_code == 422


def test_secrets_never_come_back(admin: Visit, number: ConnectorId, portal: Portal) -> None:
    page = admin.page(f"{PAGE}/{number}").text
    assert "никогда не показывается" in page
    refused = admin.post(f"{PAGE}/{number}", {**typed(address="x", password="another"), "revision": "1"})
    changed = admin.post(f"{PAGE}/{number}", {**typed(password=""), "revision": "1"}, follow=True)
    assert changed.status_code == 200
    for answer in (page, refused.text, changed.text, admin.page("/admin/audit").text):
        assert SECRET not in answer
        assert "another" not in answer
    assert portal.connectors.values(number).secrets == {"password": SECRET}


@pytest.mark.parametrize("ok", [True, False], ids=["well", "ill"])
def test_a_check_is_told_step_by_step(admin: Visit, number: ConnectorId, portal: Portal, *, ok: bool) -> None:
    trace = (TraceLine(TraceStep.CONNECT, ok=True), TraceLine(TraceStep.TLS, ok=ok, detail="self-signed <b>"))
    portal.__dict__["connector_trial"] = replace(portal.connector_trial, check=lambda _values: trace)
    asked = admin.post(f"{PAGE}/{number}/check", htmx=True)
    assert asked.location == f"{PAGE}/{number}/check"
    begun = admin.fragment(asked.location)
    assert "every 1s" in begun.text
    assert "HX-Trigger" not in begun.headers
    assert admin.page(asked.location).location == f"{PAGE}/{number}"
    assert portal.connector_checks.carry(number) is True
    over, page = admin.fragment(asked.location), admin.page(f"{PAGE}/{number}").text
    fragment = over.text
    assert "every 1s" not in fragment
    assert over.headers["HX-Trigger"] == "connector-tried"
    assert 'data-hx-trigger="connector-tried from:body"' in page
    for said in ("Соединиться", "Поверить сертификату сервера", "self-signed &lt;b&gt;"):
        assert said in fragment
        assert said in page
    assert ("Внесите в настройки сертификат" in page) is not ok
    dashboard = admin.page("/admin/").text
    assert ("Внешние системы, которые не отвечают" in dashboard) is not ok
    if not ok:
        assert "Проверка: шаг «Поверить сертификату сервера» не удался: self-signed" in dashboard
        assert "не отвечает" in admin.page(PAGE).text


def test_a_check_is_ordered_once_and_given_up_without_a_worker(
    admin: Visit, number: ConnectorId, portal: Portal, clock: FrozenClock
) -> None:
    assert portal.connector_checks.carry(number) is False
    for _twice in range(2):
        admin.post(f"{PAGE}/{number}/check")
    under_way = portal.connector_checks.last(number)
    assert under_way is not None
    assert (under_way.number, under_way.open) == (1, True)
    clock.advance(minutes=2)
    assert "Обработчики не взялись за проверку" in admin.page(f"{PAGE}/{number}").text
    admin.post(f"{PAGE}/{number}/check")
    again = portal.connector_checks.last(number)
    assert again is not None
    assert (again.number, again.open) == (2, True)
    with pytest.raises(NotFound):
        portal.connector_checks.order(ConnectorId(999), actor="admin")


def test_what_an_authority_can_do_is_told(admin: Visit, number: ConnectorId) -> None:
    page = admin.page(f"{PAGE}/{number}").text
    for said in ("Приостановка", "прекращает их только отзыв", "заказывает портал", "находится по ключу"):
        assert said in page


def test_why_a_directory_could_not_be_asked_is_told_in_words(app: Flask) -> None:
    with app.test_request_context():
        said = {trouble_sentence(Health(failures=1, trouble=trouble.value)) for trouble in DirectoryTrouble}
    assert len(said) == len(DirectoryTrouble)
    assert not any("directory_" in sentence for sentence in said)


def test_it_is_paused_and_resumed(admin: Visit, number: ConnectorId, portal: Portal) -> None:
    assert admin.post(f"{PAGE}/{number}/pause").status_code == 303
    assert _state(portal, number) is ConnectorState.PAUSED
    assert "приостановлен" in admin.page(PAGE).text
    assert admin.post(f"{PAGE}/{number}/resumption").status_code == 303
    assert _state(portal, number) is ConnectorState.ACTIVE


def test_what_nothing_needs_is_removed(admin: Visit, number: ConnectorId) -> None:
    assert admin.post(f"{PAGE}/{number}/removal").location == PAGE
    assert admin.page(f"{PAGE}/{number}").status_code == 404


def test_what_is_needed_stays_and_says_by_what(admin: Visit, portal: Portal) -> None:
    draft = ConnectorDraft(KIND, "main", typed())
    portal.__dict__["connectors"] = replace(portal.connectors, reserved=())
    named = portal.connectors.add(draft, actor="admin")  # as the policy of this world names its authority
    answer = admin.post(f"{PAGE}/{named}/removal")
    assert answer.status_code == 409
    assert "«main» нельзя удалить" in answer.text
    assert "политики" in answer.text


@pytest.mark.usefixtures("number")
def test_templates_of_every_authority_are_offered(portal: Portal, clock: FrozenClock) -> None:
    portal.authorities.opens = lambda _values: FakeAuthority(clock)
    offers = portal.policy_offers.gather()
    assert set(offers.authorities) | offers.silent == {"main", "enterprise"}


@pytest.mark.parametrize("kind", list(ConnectorKind), ids=str)
def test_every_kind_has_words_and_a_form(kind: ConnectorKind, admin: Visit) -> None:
    assert str(KINDS[kind].name)
    assert set(FIELDS[kind]) == {field.name for field in SPECS[kind].fields}
    named = {field.name: set(field.choices) for field in SPECS[kind].fields if field.choices}
    assert named == {name: set(FIELDS[kind][name].choices) for name in named}
    assert 'name="name"' in admin.page(f"{PAGE}/new?kind={kind.value}").text


def test_what_is_folded_away_opens_when_it_has_to_be_mended(admin: Visit) -> None:
    shown = admin.page(f"{PAGE}/new?kind=ca.django").text
    assert '<legend class="panel__legend">Подключение</legend>' in shown
    assert '<details class="panel">' in shown
    assert shown.index('name="poll_minutes"') > shown.index('<details class="panel">')
    refused = admin.post(f"{PAGE}/new?kind=ca.django", {"name": "own", **typed(poll_minutes="0")}).text
    assert '<details class="panel" open>' in refused


def _state(portal: Portal, number: ConnectorId) -> ConnectorState:
    row = portal.connector_watch.row(number)
    assert row
    return row.state
