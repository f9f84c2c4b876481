"""Runs: the list, the page in every state, what a person does to them, tracking."""

from datetime import timedelta

import pytest

from portal.bootstrap import Portal
from portal.domain.outcomes import WaitingFor
from portal.domain.troubles import Trouble, Why, why
from portal.ports.token import Pin
from tests.web.runs import PIN, Runner
from tests.web.visits import Visit
from tests.web.world import World


@pytest.fixture
def run(portal: Portal, world: World) -> Runner:
    return Runner(portal, world)


def shown(visit: Visit, run: Runner) -> str:
    page, _fragment = visit.both(f"/admin/updates/{run.update}")
    return page


def test_the_list(admin: Visit, run: Runner) -> None:
    page, fragment = admin.both("/admin/updates")
    assert f"Обновление №\u00a0{run.update}" in fragment
    assert "Назначено" in page
    assert admin.fragment("/admin/updates?status=active").text.count("<tr data-row>") == 1
    assert "Таких обновлений нет" in admin.fragment("/admin/updates?status=stuck").text


def test_an_update_whose_pin_is_lost_asks_again(operator: Visit, run: Runner) -> None:
    assert 'name="pin"' in shown(operator, run)


def test_under_way(operator: Visit, run: Runner) -> None:
    run.enter_pin()
    claim = run.claim().claim
    run.finish(claim, 1)
    run.journal.intend(claim, 2, now=run.now)
    page = shown(operator, run)
    assert "Шаг 2 из" in page
    assert 'data-kind="running"' in page
    assert "Остановить после шага" in page
    assert "уже обновляется" not in page
    assert "data-sse-connect" in page
    assert "every 10s" in page


@pytest.mark.parametrize(
    ("whom", "cause", "words", "asks_pin"),
    [
        (WaitingFor.PIN, why(Trouble.PIN_INCORRECT), "PIN-код не подошёл", True),
        (WaitingFor.PIN, why(Trouble.PIN_LAST_TRY), "Осталась последняя попытка", True),
        (WaitingFor.PIN, why(Trouble.PIN_LOCKED), "PIN-код токена заблокирован", True),
        (WaitingFor.TOKEN, why(Trouble.TOKEN_REMOVED), "Токен вынут во время записи", True),
        (WaitingFor.TOKEN, why(Trouble.WRONG_TOKEN, wanted="1098447118", seen="0947201553"), "0947201553", True),
        (WaitingFor.CA, why(Trouble.CA_DECIDES), "принимает решение", False),
        (WaitingFor.RETRY, why(Trouble.CA_UNAVAILABLE, "timeout"), "Дословно: timeout", False),
    ],
    ids=lambda value: str(getattr(value, "trouble", "")),
)
def test_what_it_waits_for_and_what_helps(
    operator: Visit, run: Runner, whom: WaitingFor, cause: object, words: str, asks_pin: bool
) -> None:
    run.waits(whom, cause, again=timedelta(seconds=30) if whom is WaitingFor.RETRY else None)  # type: ignore[arg-type]
    page = shown(operator, run)
    assert words in page
    assert "Сертификаты, которые работали раньше, на месте." in page
    assert ('name="pin"' in page) is asks_pin
    assert ('id="presence"' in page) is (whom in {WaitingFor.PIN, WaitingFor.TOKEN})
    assert ("Следующая попытка" in page) is (whom is WaitingFor.RETRY)


def test_a_token_with_a_living_pin_is_only_waited_for(operator: Visit, run: Runner) -> None:
    run.enter_pin()
    run.waits(WaitingFor.TOKEN, why(Trouble.TOKEN_ABSENT))
    page = shown(operator, run)
    assert 'name="pin"' not in page
    assert "Подключите токен" in page


def test_an_auditor_watches_without_buttons(auditor: Visit, run: Runner) -> None:
    run.waits(WaitingFor.PIN, why(Trouble.PIN_INCORRECT))
    page = shown(auditor, run)
    assert "PIN-код не подошёл" in page
    assert 'name="pin"' not in page
    assert "Остановить" not in page


def test_the_pin_again(operator: Visit, portal: Portal, run: Runner) -> None:
    run.waits(WaitingFor.PIN, why(Trouble.PIN_INCORRECT))
    response = operator.post(f"/admin/updates/{run.update}/pin", {"pin": PIN})
    assert response.headers["Location"] == f"/admin/updates/{run.update}"
    assert portal.tickets.alive(run.update)
    page = shown(operator, run)
    assert "Обновление сейчас продолжится" in page
    assert 'name="pin"' not in page
    assert "PIN-код не подошёл" not in page.split('class="steps"')[0]


def test_the_same_refused_pin_is_refused_here_too(operator: Visit, portal: Portal, run: Runner) -> None:
    run.waits(WaitingFor.PIN, why(Trouble.PIN_INCORRECT))
    portal.tickets.remember_refused("1098447118", Pin(PIN))
    response = operator.post(f"/admin/updates/{run.update}/pin", {"pin": PIN}, htmx=True)
    assert response.status_code == 422
    assert "уже отклонил" in response.text
    assert PIN not in response.text


def test_cancelling(operator: Visit, run: Runner) -> None:
    response = operator.post(f"/admin/updates/{run.update}/cancellation")
    assert response.status_code == 303
    assert "Остановить" not in shown(operator, run)


def test_what_is_over_cannot_be_cancelled(operator: Visit, run: Runner) -> None:
    run.completes()
    response = operator.post(f"/admin/updates/{run.update}/cancellation")
    assert response.status_code == 409
    assert "уже закончено" in response.text


LEAVE = "Оставить как есть и завершить"


@pytest.mark.parametrize(
    ("whom", "cause"),
    [(WaitingFor.TOKEN, why(Trouble.TOKEN_REMOVED)), (WaitingFor.PIN, why(Trouble.PIN_LOCKED))],
    ids=lambda value: str(getattr(value, "trouble", "")),
)
def test_what_cannot_be_undone_may_be_left_behind(
    operator: Visit, auditor: Visit, run: Runner, whom: WaitingFor, cause: Why
) -> None:
    run.cannot_go_back(whom, cause)
    page = shown(operator, run)
    assert LEAVE in page
    assert "следующее обновление устройства это удалит" in page
    assert "Остановить после шага" not in page
    assert LEAVE not in shown(auditor, run)
    address, answer = f"/admin/updates/{run.update}/cancellation", {"leave_behind": "yes"}
    assert auditor.post(address, answer).status_code == 403
    plain = operator.post(address)
    assert (plain.status_code, "уже отменяет начатое" in plain.text) == (409, True)
    assert operator.post(address, answer).headers["Location"] == f"/admin/updates/{run.update}"
    assert run.journal.cancel_requested(run.claim().claim)
    assert LEAVE not in shown(operator, run)


def test_only_what_goes_back_may_be_left(operator: Visit, run: Runner) -> None:
    run.waits(WaitingFor.TOKEN, why(Trouble.TOKEN_REMOVED))
    assert LEAVE not in shown(operator, run)
    response = operator.post(f"/admin/updates/{run.update}/cancellation", {"leave_behind": "yes"})
    assert response.status_code == 409
    assert "не отменяет начатое" in response.text
    assert "Остановить после шага" in shown(operator, run)


def test_a_stuck_run_is_settled(admin: Visit, operator: Visit, run: Runner) -> None:
    run.gets_stuck()
    page = shown(admin, run)
    assert "Неизвестно, выполнен ли шаг" in page
    assert "О каком шаге речь: Создать ключ" in page
    assert 'name="happened"' not in shown(operator, run)
    empty = admin.post(f"/admin/updates/{run.update}/settlement")
    assert empty.status_code == 422
    assert "Выберите один из ответов" in empty.text
    settled = {"happened": "no", "comment": "looked at the token"}
    assert admin.post(f"/admin/updates/{run.update}/settlement", settled).status_code == 303
    twice = admin.post(f"/admin/updates/{run.update}/settlement", settled)
    assert twice.status_code == 409
    assert "Требуют вмешательства" in admin.page("/admin/").text


def test_a_stuck_run_is_ended(admin: Visit, run: Runner) -> None:
    run.gets_stuck()
    ended = {"happened": "give_up", "comment": "другая версия"}
    assert admin.post(f"/admin/updates/{run.update}/settlement", ended).status_code == 303
    claimed = run.claim()
    assert claimed.given_up
    assert "Обновление завершено человеком" in shown(admin, run)


def test_a_failure_says_what_to_do(operator: Visit, run: Runner) -> None:
    run.fails()
    page = shown(operator, run)
    assert "Обновление не выполнено" in page
    assert "Удостоверяющий центр отклонил запрос" in page
    assert "запустите новое обновление" in page
    assert "Не сделано" in page
    assert "/admin/devices/1/updates/new" in page
    assert "data-sse-connect" not in page
    assert "every 10s" not in page


def test_tracking_then_the_summary(operator: Visit, run: Runner) -> None:
    run.completes()
    page = shown(operator, run)
    assert "Сертификаты, добавленные вне системы" in page
    chosen = {"shown": ["f0" * 32], "tracked": ["f0" * 32]}
    assert operator.post(f"/admin/updates/{run.update}/tracking", chosen).status_code == 303
    summary = shown(operator, run)
    assert "Устройство обновлено" in summary
    assert "Перевыпущен «Подпись»" in summary
    assert "data-print" in summary
    assert "отслеживаемый" in operator.page("/admin/devices/1").text


def test_tracking_without_a_run(operator: Visit) -> None:
    page, _fragment = operator.both("/admin/devices/1/tracking")
    assert "Отслеживать отмеченные" in page
    declined = {"shown": ["f0" * 32], "tracked": ["f0" * 32], "none": "1"}
    assert operator.post("/admin/devices/1/tracking", declined).headers["Location"] == "/admin/devices/1"
    card = operator.page("/admin/devices/1").text
    assert "отслеживаемый" not in card
    assert "добавленный вне системы" not in card


def test_an_auditor_is_not_asked_what_to_track(auditor: Visit, run: Runner) -> None:
    run.completes()
    page = shown(auditor, run)
    assert "Устройство обновлено" in page
    assert "Отслеживать" not in page


def test_the_fragment_says_nothing_twice(operator: Visit, run: Runner) -> None:
    address = f"/admin/updates/{run.update}/progress"
    assert operator.fragment(f"{address}?after=0").status_code == 200
    assert operator.fragment(f"{address}?after=1").status_code == 204
    assert operator.page(address).headers["Location"] == f"/admin/updates/{run.update}"


def test_no_update_of_this_number(operator: Visit) -> None:
    for path in ("", "/progress", "/events"):
        assert operator.fragment(f"/admin/updates/999{path}").status_code == 404
    for path in ("pin", "cancellation"):
        assert operator.post(f"/admin/updates/999/{path}", {"pin": PIN}).status_code == 404


def test_the_pin_is_in_no_page(operator: Visit, run: Runner) -> None:
    run.enter_pin()
    for address in (f"/admin/updates/{run.update}", "/admin/updates", "/admin/", "/admin/devices/1"):
        assert PIN not in operator.page(address).text


def test_a_token_that_changed_leads_to_the_new_plan(operator: Visit, auditor: Visit, run: Runner) -> None:
    run.fails(Trouble.CONTENTS_CHANGED)
    page = shown(operator, run)
    assert "Устройство изменилось с тех пор" in page
    assert "На устройстве ничего не изменено." in page
    assert "Посмотреть новый план" in page
    assert "Посмотреть новый план" not in shown(auditor, run)
