"""The list of identity checks and the page of one: masked, in clear for who may, its evidence as files."""

import pytest

from portal.bootstrap import Portal
from tests.fakes.exchange import FakeExchange
from tests.web.checks import PASSPORT, SECRETS, SNILS, SNILS_DIFFERS, SNILS_HOLDS, a_check, registers_answer
from tests.web.visits import Visit
from tests.web.world import World


@pytest.fixture
def exchange() -> FakeExchange:
    return FakeExchange()


@pytest.fixture
def refuted(portal: Portal, world: World, exchange: FakeExchange) -> int:
    """The Social Fund says no, the ministry says nothing yet."""
    number = a_check(portal, world.belyaeva)
    registers_answer(portal, exchange, {"SnilsValidationRequest": SNILS_DIFFERS})
    return number


def test_nobody_was_asked_about_yet(operator: Visit) -> None:
    page, fragment = operator.both("/admin/identity/")
    assert "Таких проверок нет" in fragment
    assert 'aria-current="page"' in page


def test_the_list_tells_what_became_of_each_and_hides_the_data(auditor: Visit, refuted: int) -> None:
    _page, fragment = auditor.both("/admin/identity/")
    for said in (
        "Беляева Марина Сергеевна",
        "Не подтверждено",
        "СНИЛС не принадлежит этому человеку",
        "•••95",
        "•••456",
    ):
        assert said in fragment
    assert f'href="/admin/identity/{refuted}"' in fragment
    assert not [secret for secret in SECRETS if secret in fragment]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=refuted", True),
        ("state=unsettled", True),
        ("state=pending", False),
        ("state=confirmed&register=snils", False),
        ("state=refuted&register=snils", True),
        ("register=snils", True),
        ("register=inn", False),
        ("q=беля", True),
        ("q=воронц", False),
        ("order=oldest", True),
        ("state=nothing&register=nothing", True),
    ],
)
def test_the_list_is_narrowed(operator: Visit, refuted: int, query: str, *, found: bool) -> None:
    assert ("Беляева" in operator.fragment(f"/admin/identity/?{query}").text) is found


def test_a_confirmed_check_is_found_by_its_register(
    operator: Visit, portal: Portal, world: World, exchange: FakeExchange
) -> None:
    a_check(portal, world.belyaeva, frozenset({SNILS}))
    registers_answer(portal, exchange, {"SnilsValidationRequest": SNILS_HOLDS})
    assert "Беляева" in operator.fragment("/admin/identity/?state=confirmed&register=snils").text
    assert "Беляева" not in operator.fragment("/admin/identity/?state=unsettled").text


def test_pages_follow_each_other_in_both_directions(operator: Visit, portal: Portal, world: World) -> None:
    numbers = [a_check(portal, world.belyaeva, frozenset({SNILS})) for _ in range(52)]
    newest = operator.fragment("/admin/identity/").text
    assert f'/admin/identity/{numbers[-1]}"' in newest
    assert f'/admin/identity/{numbers[0]}"' not in newest
    assert "/admin/identity/?after=" in newest
    oldest = operator.fragment("/admin/identity/?order=oldest").text
    assert f'/admin/identity/{numbers[0]}"' in oldest
    assert f'/admin/identity/{numbers[-1]}"' not in oldest
    assert "действует более поздняя проверка" in oldest


def test_the_page_says_what_each_register_said(auditor: Visit, refuted: int) -> None:
    _page, fragment = auditor.both(f"/admin/identity/{refuted}")
    for said in (
        "СНИЛС не принадлежит этому человеку",
        "Ответ получен",
        "Отправлено",
        "••.••.1990",
        "МВД: паспорт",
    ):
        assert said in fragment
    assert not [secret for secret in SECRETS if secret in fragment]
    assert "Показать данные" not in fragment
    assert "Запросить ещё раз" not in fragment
    assert "/evidence/" not in fragment


def test_the_data_are_shown_to_who_may_see_them_and_that_is_written_down(
    admin: Visit, operator: Visit, refuted: int
) -> None:
    assert operator.post(f"/admin/identity/{refuted}/data").status_code == 403
    masked = admin.page(f"/admin/identity/{refuted}").text
    assert not [secret for secret in SECRETS if secret in masked]
    clear = admin.post(f"/admin/identity/{refuted}/data")
    for said in ("112-233-445 95", "4509 123456", "ОВД Хамовники", "12.03.1990", "770-001"):
        assert said in clear.text
    assert clear.headers["Cache-Control"] == "no-store"
    log = admin.page("/admin/audit").text
    assert "Посмотрел данные проверки личности без маски" in log
    assert f"Проверка личности №\u00a0{refuted}" in log


def test_evidence_is_taken_as_a_file_as_it_went_and_came(admin: Visit, operator: Visit, refuted: int) -> None:
    taken = admin.post(f"/admin/identity/{refuted}/evidence/answer/1")
    assert taken.data.startswith(b"<SnilsValidationResponse")
    assert taken.content_type == "application/xml"
    assert taken.headers["Content-Disposition"] == f"attachment; filename=check-{refuted}-snils-answer-1.xml"
    sent = admin.post(f"/admin/identity/{refuted}/evidence/request/1")
    assert sent.status_code == 200
    assert admin.post(f"/admin/identity/{refuted}/evidence/receipt/1").data == b"<taken/>"
    log = admin.page("/admin/audit").text
    for said in ("Выгрузил сообщение проверки личности", "реестр: СФР: СНИЛС", "результат: Не подтверждено"):
        assert said in log
    for nothing in ("answer/999", "rumour/1"):
        assert admin.post(f"/admin/identity/{refuted}/evidence/{nothing}").status_code == 404
    assert operator.post(f"/admin/identity/{refuted}/evidence/answer/1").status_code == 403


def test_a_register_is_asked_once_more(operator: Visit, portal: Portal, refuted: int, exchange: FakeExchange) -> None:
    page = operator.page(f"/admin/identity/{refuted}").text
    assert page.count("Запросить ещё раз") == 1, "the ministry may still answer"
    repetition = page.split('action="')[-1].split('"')[0]
    assert operator.post(repetition).status_code == 303
    registers_answer(portal, exchange, {})
    assert "Проверяется" in operator.page(f"/admin/identity/{refuted}").text
    again = operator.post(repetition)
    assert again.status_code == 409
    assert "Повторить этот запрос сейчас нельзя" in again.text
    assert operator.post(f"/admin/identity/{refuted}/questions/999/repetition").status_code == 404


def test_a_person_leads_to_the_checks_about_him(auditor: Visit, world: World, refuted: int) -> None:
    address = f"/admin/identity/?person={world.belyaeva}"
    assert address in auditor.page(f"/admin/people/{world.belyaeva}").text
    narrowed = auditor.fragment(address).text
    assert f'href="/admin/identity/{refuted}"' in narrowed
    assert (
        f'href="/admin/identity/{refuted}"' not in auditor.fragment(f"/admin/identity/?person={world.vorontsov}").text
    )


def test_a_message_of_another_check_is_not_found_under_this_one(
    admin: Visit, portal: Portal, world: World, refuted: int
) -> None:
    other = a_check(portal, world.stranger, frozenset({SNILS, PASSPORT}))
    assert admin.post(f"/admin/identity/{other}/evidence/answer/1").status_code == 404
    assert admin.post(f"/admin/identity/{other}/questions/1/repetition").status_code == 404
