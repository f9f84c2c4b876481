"""The step at which registers of the state are asked: the form, its mistakes, where each register stands."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Person
from portal.db.snapshots import policy_version
from portal.domain.identity_check import CheckState, IdentityRules, IdentityService, RefutedBy
from portal.domain.troubles import Trouble
from portal.services.policies import publish
from tests.web.identity_waits import CHECKS, DOCUMENTS, Waits
from tests.web.visits import Visit, checked
from tests.web.world import World

FORM = {"surname": "Беляева", "given_name": "Марина", "middle_name": "Сергеевна", **DOCUMENTS}
#: What may stand in no address, no log and no answer but the form's.
SECRETS = ("123456", "11223344595", "112-233-445 95", "12.03.1990")


@dataclass(frozen=True, slots=True)
class Seat:
    """A side of the portal, and somebody who may ask there."""

    side: str
    visit: Visit

    def both(self, address: str) -> str:
        """The page, which holds its fragment."""
        page, _fragment = self.visit.both(f"/{self.side}/{address}")
        return page


def qualify(portal: Portal, checks: frozenset[IdentityService]) -> None:
    """From now on the devices of the world are to carry a qualified certificate."""
    with portal.database.begin() as connection:
        policy = policy_version(connection, 1, 1)
        templates = (replace(policy.templates[0], qualified=True), *policy.templates[1:])
        draft = replace(policy, templates=templates, identity=IdentityRules(ask=True, checks=checks))
        publish(connection, draft, actor="admin", now=portal.clock.now())


@pytest.fixture
def waits(portal: Portal, world: World) -> Waits:
    qualify(portal, CHECKS)
    return Waits(portal, world.due)


@pytest.fixture(params=["admin", "my"])
def seat(request: pytest.FixtureRequest, sign_in: Callable[[str], Visit]) -> Seat:
    """An operator in the console, the holder in self-service."""
    return Seat(request.param, sign_in("operator" if request.param == "admin" else "belyaeva"))


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


def test_the_form_asks_for_what_the_registers_need_and_knows_the_directory(waits: Waits, seat: Seat) -> None:
    page = seat.both(f"{waits.address}/identity")
    assert 'name="passport_series"' in page
    assert 'name="snils"' in page
    assert 'name="inn"' not in page
    assert 'name="organization_inn"' not in page
    assert 'value="Беляева"' in page
    assert page.count("из справочника") == 3
    assert "data-sse-connect" not in page  # nothing may take away what is being typed


def test_an_officer_is_asked_for_his_organisation_too(portal: Portal, world: World, operator: Visit) -> None:
    asked = frozenset({IdentityService.LEGAL_ENTITY, IdentityService.INN_SEARCH})
    qualify(portal, asked)
    address = f"/admin/{Waits(portal, world.due).address}/identity"
    page, _ = operator.both(address)
    assert 'name="organization_ogrn"' in page
    assert 'name="inn"' in page
    assert 'name="passport_series"' not in page
    assert 'name="sex"' not in page
    wrong = {"inn": "500100732258", "organization_name": "АО", "organization_inn": "12", "organization_ogrn": "1x"}
    answer = operator.post(address, FORM | wrong)
    assert answer.status_code == 422
    for words in (
        "ИНН: контрольные цифры не сходятся",
        "ИНН организации: должно быть 10 цифр, а с ОГРНИП — 12",
        "ОГРН организации: здесь могут быть только цифры",
    ):
        assert words in answer.text, words
    right = {"inn": "500100732259", "organization_inn": "7707083893", "organization_ogrn": "1027700132195"}
    assert operator.post(address, FORM | wrong | right).status_code == 303


def test_every_mistake_stands_beside_its_field_and_nothing_typed_is_lost(waits: Waits, seat: Seat) -> None:
    wrong = {"snils": "112-233-445 96", "passport_date": "01.04.2001", "passport_code": "69", "sex": ""}
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | wrong | {"passport_issuer": ""})
    assert answer.status_code == 422
    checked(answer.text)
    for words in (
        "СНИЛС: контрольные цифры не сходятся",
        "Дата выдачи: паспорт выдают с четырнадцати лет",
        "Код подразделения: должно быть 6 цифр",
        "Выберите пол",
        "Введите, кем выдан паспорт",
        "Исправьте",
    ):
        assert words in answer.text, words
    for name in ("snils", "passport_date", "passport_code"):
        assert f'value="{wrong[name]}"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 5
    assert waits.applications() == 0


def test_what_differs_from_the_directory_is_told_with_what_to_do(waits: Waits, seat: Seat) -> None:
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | {"surname": "Беляева-Орлова"})
    assert answer.status_code == 422
    assert "В справочнике указано «Беляева»." in answer.text
    assert ("попросите администратора" in answer.text) is (seat.side == "my")


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


def test_of_two_who_ask_the_second_sees_what_the_first_asked(waits: Waits, seat: Seat) -> None:
    waits.asks()
    waits.says(IdentityService.PASSPORT, CheckState.NOT_FOUND)
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | {"seen": "0"})
    assert answer.status_code == 303
    assert waits.applications() == 1
    assert "Запросил(а) operator" in seat.both(waits.address)


def test_the_middle_name_nobody_has_is_ticked(waits: Waits, seat: Seat) -> None:
    with waits.portal.database.begin() as connection:
        own = {"surname": "Беляева", "given_name": "Марина", "snils": "11223344595", "birth_date": "1990-03-12"}
        connection.execute(update(Person).where(Person.id == waits.person).values(attributes=own))
    form = seat.both(f"{waits.address}/identity")
    assert 'value="112-233-445 95"' in form
    assert 'value="12.03.1990"' in form
    assert 'checked id="no_middle_name"' in form
    fields = {name: value for name, value in FORM.items() if name != "middle_name"} | {"no_middle_name": "y"}
    assert seat.visit.post(f"/{seat.side}/{waits.address}/identity", fields).status_code == 303


def test_the_first_page_of_the_holder_says_what_is_wanted_of_him(waits: Waits, employee: Visit) -> None:
    assert "Обновление ждёт вас: заполните свои данные" in employee.page("/my/").text
    waits.asks()
    assert "Ваши данные проверяют государственные реестры" in employee.page("/my/").text
    waits.says(IdentityService.PASSPORT, CheckState.REFUTED, RefutedBy.PASSPORT_DIFFERS)
    waits.parks_again(Trouble.IDENTITY_REFUTED)
    assert "Ваши данные не подтвердились" in employee.page("/my/").text


def test_personal_data_stay_in_the_form(
    waits: Waits, seat: Seat, portal: Portal, caplog: pytest.LogCaptureFixture
) -> None:
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | {"seen": "0"}, follow=True)
    pages = [answer.text, seat.both(waits.address), seat.both("updates")]
    with portal.database.read() as connection:
        told = [repr(row) for row in connection.execute(select(AuditEntry.__table__))]
    redis = portal.redis
    kept = [repr((key, redis.dump(key))) for key in redis.scan_iter("*")]
    for secret in SECRETS:
        assert not [text for text in (*pages, *told, *kept, caplog.text) if secret in text], secret


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
