"""The step at which registers of the state are asked: the form, its mistakes, where each register stands."""

from collections.abc import Callable

import pytest

from portal.domain.identity_check import CheckState, IdentityService, RefutedBy
from portal.domain.troubles import Trouble
from tests.web.identity_waits import CHECKS, FORM, Seat, Waits
from tests.web.visits import Visit
from tests.web.world import World


def test_the_plan_tells_of_it_before(waits: Waits, world: World, operator: Visit) -> None:
    waits.ends()
    page, _ = operator.both(f"/admin/devices/{world.due}/updates/new")
    assert "Сначала данные владельца проверят в государственных реестрах" in page
    assert "<span>СМЭВ</span>" in page


def test_who_was_confirmed_lately_is_asked_for_nothing(waits: Waits, world: World, operator: Visit) -> None:
    waits.asks()
    for service in CHECKS:
        waits.says(service, CheckState.CONFIRMED)
    waits.ends()
    page, _ = operator.both(f"/admin/devices/{world.due}/updates/new")
    assert "СМЭВ" not in page


def test_an_update_without_a_qualified_certificate_has_no_such_step(operator: Visit, world: World) -> None:
    page, _ = operator.both(f"/admin/devices/{world.due}/updates/new")
    assert "СМЭВ" not in page


def test_the_dialog_leads_to_the_form(waits: Waits, seat: Seat) -> None:
    page = seat.both(waits.address)
    assert 'aria-current="step"' in page
    assert "Сначала нужно подтвердить данные пользователя" in page
    assert f'data-hx-get="/{seat.side}/{waits.address}/identity" data-hx-trigger="load"' in page
    assert "Заполнить данные" in page
    assert "Отменить обновление" in page


def test_who_may_not_ask_only_reads(waits: Waits, auditor: Visit) -> None:
    page, _ = auditor.both(f"/admin/{waits.address}")
    assert "Сначала нужно подтвердить данные пользователя" in page
    assert f"{waits.address}/identity" not in page
    assert auditor.page(f"/admin/{waits.address}/identity").status_code == 403


def test_asking_shows_every_register(waits: Waits, seat: Seat) -> None:
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | {"seen": "0"}, follow=True)
    assert answer.status_code == 200
    page = seat.both(waits.address)
    assert "Реестры опрашиваются" in page
    assert page.count("ждёт отправки") == 2
    assert "data-sse-connect" in page
    assert "Посмотреть ещё раз" in page
    waits.says(IdentityService.SNILS, CheckState.PROCESSING)
    waits.says(IdentityService.PASSPORT, CheckState.CONFIRMED)
    page = seat.both(waits.address)
    assert "обрабатывается" in page
    assert "подтверждено" in page
    assert seat.visit.page(f"/{seat.side}/{waits.address}/identity").status_code == 303


@pytest.mark.parametrize(
    ("state", "reason", "words"),
    [
        (CheckState.REFUTED, RefutedBy.PASSPORT_LOST, ("Данные не подтверждены", "Паспорт утрачен (похищен)")),
        (CheckState.NOT_FOUND, None, ("Человек не найден в реестре", "сведений нет")),
    ],
)
def test_a_refusal_is_corrected(
    waits: Waits, seat: Seat, state: CheckState, reason: RefutedBy | None, words: tuple[str, ...]
) -> None:
    waits.asks()
    waits.says(IdentityService.PASSPORT, state, reason)
    page = seat.both(waits.address)
    for word in (*words, "Сертификат не заказан", "Исправить данные", "Отменить обновление"):
        assert word in page, word
    form = seat.both(f"{waits.address}/identity")
    assert 'value="690-001"' in form
    assert "из запроса" in form
    assert 'name="seen" type="hidden" value="1"' in form
    corrected = FORM | {"passport_number": "654321", "seen": "1"}
    assert seat.visit.post(f"/{seat.side}/{waits.address}/identity", corrected).status_code == 303
    assert "Реестры опрашиваются" in seat.both(waits.address)


def test_silence_says_what_goes_on_by_itself(waits: Waits, seat: Seat) -> None:
    waits.asks()
    waits.says(IdentityService.PASSPORT, CheckState.NO_ANSWER)
    waits.says(IdentityService.SNILS, CheckState.CONFIRMED)
    page = seat.both(waits.address)
    assert "Реестр не отвечает" in page
    assert ("Страницу можно закрыть" in page) is (seat.side == "my")
    assert ("Повторить запрос" in page) is (seat.side == "admin")
    if seat.side == "admin":
        assert seat.visit.post(f"/admin/{waits.address}/identity/repetition").status_code == 303
        page = seat.both(waits.address)
        assert "Реестры опрашиваются" in page
        assert "ждёт отправки" in page


def test_confirmed_goes_on_by_itself(waits: Waits, seat: Seat) -> None:
    waits.asks()
    for service in CHECKS:
        waits.says(service, CheckState.CONFIRMED)
    page = seat.both(waits.address)
    assert "Данные подтверждены" in page
    assert "продолжится" in page
    assert seat.visit.page(f"/{seat.side}/{waits.address}/identity").status_code == 303


def test_what_was_confirmed_before_is_offered_again(waits: Waits, seat: Seat) -> None:
    waits.asks()
    for service in CHECKS:
        waits.says(service, CheckState.CONFIRMED)
    waits.parks_again(Trouble.IDENTITY_NEEDED)  # it is too old by now
    assert "Данные нужно подтвердить заново" in seat.both(waits.address)
    form = seat.both(f"{waits.address}/identity")
    assert "из проверки, подтверждённой" in form
    assert 'value="112-233-445 95"' in form


def test_the_first_page_of_the_holder_says_what_is_wanted_of_him(waits: Waits, employee: Visit) -> None:
    assert "Обновление ждёт вас: заполните свои данные" in employee.page("/my/").text
    waits.asks()
    assert "Ваши данные проверяют государственные реестры" in employee.page("/my/").text
    waits.says(IdentityService.PASSPORT, CheckState.REFUTED, RefutedBy.PASSPORT_DIFFERS)
    waits.parks_again(Trouble.IDENTITY_REFUTED)
    assert "Ваши данные не подтвердились" in employee.page("/my/").text


def test_an_operator_goes_from_the_update_to_the_check_and_back(
    waits: Waits, operator: Visit, sign_in: Callable[[str], Visit]
) -> None:
    waits.asks().says(IdentityService.SNILS, CheckState.REFUTED, RefutedBy.SNILS_DIFFERS)
    waits.parks_again(Trouble.IDENTITY_REFUTED)
    assert 'href="/admin/identity/1"' in operator.page(f"/admin/{waits.address}").text
    check = operator.page("/admin/identity/1").text
    assert f'href="/admin/{waits.address}/identity"' in check
    assert f'href="/admin/{waits.address}"' in check
    assert "/identity/1" not in sign_in("belyaeva").page(f"/my/{waits.address}").text
