"""The form about the holder of a device: what it asks for, what it knows, its mistakes, where its data stay."""

import pytest
from sqlalchemy import select, update

from portal.bootstrap import Portal
from portal.db.models import AuditEntry, Person
from portal.domain.identity_check import CheckState, IdentityService
from tests.web.identity_waits import FORM, Seat, Waits, qualify
from tests.web.visits import Visit, checked
from tests.web.world import World

#: What may stand in no address, no log and no answer but the form's.
SECRETS = ("123456", "11223344595", "112-233-445 95", "12.03.1990")


def test_the_form_asks_for_what_the_registers_need_and_knows_the_directory(waits: Waits, seat: Seat) -> None:
    page = seat.both(f"{waits.address}/identity")
    assert 'name="passport_series"' in page
    assert 'name="snils"' in page
    assert 'name="inn"' not in page
    assert 'name="organization_inn"' not in page
    assert 'value="Беляева"' in page
    assert page.count("из каталога") == 3
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
    assert "В каталоге указано «Беляева»." in answer.text
    assert ("попросите администратора" in answer.text) is (seat.side == "my")


def test_of_two_who_ask_the_second_sees_what_the_first_asked(waits: Waits, seat: Seat) -> None:
    waits.asks()
    waits.says(IdentityService.PASSPORT, CheckState.NOT_FOUND)
    answer = seat.visit.post(f"/{seat.side}/{waits.address}/identity", FORM | {"seen": "0"})
    assert answer.status_code == 303
    assert waits.applications() == 1
    assert "Запрос: operator" in seat.both(waits.address)


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
