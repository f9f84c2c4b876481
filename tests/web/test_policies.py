"""Policies in the console: reading them, drafts and their forms, the editor of templates, publishing."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import PolicyVersion
from portal.db.queries.policy_drafts import DraftRow, draft_row
from portal.domain.ids import DraftId, PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.domain.policy_offers import OfferedTemplate
from portal.services.policies import publish
from portal.services.policy_drafts import Editing
from tests.support.clock import NOON
from tests.web.visits import Visit, checked
from tests.web.world import MAIL, SIGNATURE, VPN

OFFERED = tuple(
    OfferedTemplate(one.key.ca_template, one.key.purpose, one.renewal_window * 12) for one in (SIGNATURE, VPN, MAIL)
)
DRAFT = "/admin/policies/drafts/1"
SECTIONS = ("general", "tracking", "registers", "self_service", "devices", "notifications", "commons", "templates")
TEMPLATE = {
    "name": "Подпись",
    "ca_template": "main|signature|sign",
    "algorithm": "p256",
    "optional": "no",
    "renewal_days": "45",
    "subject_field": ["CN", "OU"],
    "subject_pattern": ["{cn}", "Офис"],
    "alternative_field": ["email"],
    "alternative_pattern": ["{email}"],
    "tracked": ["surname"],
}


class Issuer:
    """An authority that issues what the policies here name."""

    def offered_templates(self) -> tuple[OfferedTemplate, ...]:
        return OFFERED


class Issuers:
    """The only authority there is."""

    def get(self, name: str) -> Issuer | None:
        return Issuer() if name == "main" else None


@pytest.fixture
def portal(portal: Portal) -> Portal:
    portal.__dict__["authorities"] = Issuers()
    return portal


@pytest.fixture
def draft(portal: Portal) -> Callable[[], DraftRow]:
    """The open draft of the only policy, as it is now."""
    number = portal.policy_drafts.open(PolicyId(1), actor="anna")

    def now() -> DraftRow:
        with portal.database.read() as connection:
            return draft_row(connection, number)

    return now


def save(visit: Visit, draft: Callable[[], DraftRow], where: str, **values: object) -> str:
    """Send a form of the draft in the state it is in; answers the page that follows."""
    response = visit.post(f"{DRAFT}/{where}", {"revision": draft().revision, **values}, follow=True)
    assert response.status_code == 200, (response.status, response.text)
    return response.text


def test_the_list_and_the_policy(admin: Visit, auditor: Visit, draft: Callable[[], DraftRow]) -> None:
    page, _fragment = admin.both("/admin/policies")
    assert "Сотрудники офиса" in page
    assert "1 назначение" in page
    assert DRAFT in page
    page, _fragment = admin.both("/admin/policies/1")
    assert "Продолжить черновик" in page
    assert "ECDSA P-256" in page
    assert "выдана подразделению" in page or "Ключ" in page
    page, _fragment = auditor.both("/admin/policies/1")
    assert "Продолжить черновик" not in page
    assert "Вывести из действия" not in page
    assert auditor.page("/admin/policies/new").status_code == 403
    assert admin.page("/admin/policies/404").status_code == 404


def test_the_history_tells_differences_in_words(admin: Visit, portal: Portal) -> None:
    later = DeviceUsagePolicy(
        PolicyId(0),
        0,
        "Сотрудники офиса",
        (replace(SIGNATURE, renewal_window=NOON - NOON + SIGNATURE.renewal_window * 2), MAIL),
    )
    with portal.database.begin() as connection:
        publish(connection, later, actor="boris", now=NOON)
    page, _fragment = admin.both("/admin/policies/1/versions")
    assert "Срок продления: 30 дней → 60 дней" in page.replace("«Подпись», с", "С")
    assert "Убран шаблон «VPN»: его сертификаты удаляются" in page
    assert "Искать сертификаты, добавленные вне системы: да → нет" in page
    page, _fragment = admin.both("/admin/policies/1/versions?before=2&after=1")
    assert "От версии 2 к версии 1" in page
    admin.both("/admin/policies/1/versions?before=7&after=x")
    page, _fragment = admin.both("/admin/policies/1/versions/1")
    assert "VPN" in page
    assert admin.page("/admin/policies/1/versions/9").status_code == 404


def test_a_new_policy_begins_from_a_name(admin: Visit) -> None:
    admin.both("/admin/policies/new")
    admin.both("/admin/policies/new?like=1")
    taken = admin.post("/admin/policies", {"name": "сотрудники Офиса", "like": "1"})
    assert taken.status_code == 422
    assert "Так называется другая политика" in taken.text
    assert "сотрудники Офиса" in taken.text
    made = admin.post("/admin/policies", {"name": "Склад", "like": "1"}, follow=True)
    assert "Склад" in made.text
    assert "Новая политика, ещё не опубликована" in made.text
    assert "Склад" in admin.page("/admin/policies").text
    assert "ничего не выбрано" in admin.post("/admin/policies", {"name": "Пустая"}, follow=True).text


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_has_its_page(admin: Visit, draft: Callable[[], DraftRow], section: str) -> None:
    admin.both(f"{DRAFT}/sections/{section}")
    assert admin.page(f"{DRAFT}/sections/nothing").status_code == 404


def test_sections_are_saved_in_the_draft(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    assert "Сохранено в черновике" in save(admin, draft, "sections/general", name=" Офис ")
    save(admin, draft, "sections/tracking", tracking="y", track_automatically="y")
    save(admin, draft, "sections/registers", secret_net="y")
    save(admin, draft, "sections/self_service", update="y", choose_optional="y")
    rules = {"types": ["Рутокен", "подмена"], "per_person": "2", "pin_min_length": "8", "pin_max_length": "12"}
    save(admin, draft, "sections/devices", **rules)
    save(admin, draft, "sections/commons", common=["Нет такого"], how=["required"])
    body = draft().body
    assert (body.name, body.track_automatically, body.commons) == ("Офис", True, ())
    assert body.devices.types == ("Рутокен",)
    assert (body.devices.per_person, body.devices.pin_min_length) == (2, 8)
    assert (body.self_service.choose_optional, body.self_service.revoke) == (True, False)
    page, _fragment = admin.both(DRAFT)
    for sentence in (
        "Название политики: Сотрудники офиса → Офис",
        "Устройств на человека: без ограничения → 2",
        "нет → да",
    ):
        assert sentence in page


def test_what_cannot_be_used_comes_back_with_everything_typed(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    before = draft()
    wrong = {"revision": before.revision, "per_person": "много", "pin_min_length": "9", "pin_max_length": "8"}
    refused = admin.post(f"{DRAFT}/sections/devices", wrong)
    assert refused.status_code == 422
    assert "Введите целое число" in refused.text
    assert 'value="много"' in refused.text
    wrong["per_person"] = "1"
    refused = admin.post(f"{DRAFT}/sections/devices", wrong, htmx=True)
    assert refused.status_code == 422
    assert "Наибольшая длина меньше наименьшей" in refused.text
    assert draft() == before


def test_a_template_is_written_row_by_row_without_script(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    admin.both(f"{DRAFT}/templates/new")
    form = {**TEMPLATE, "revision": draft().revision}
    longer = admin.post(f"{DRAFT}/templates/0", {**form, "do": "add-subject"})
    assert (longer.status_code, longer.text.count('name="subject_pattern"')) == (200, 3)
    checked(longer.text)
    shorter = admin.post(f"{DRAFT}/templates/0", {**form, "do": "remove-subject-0"})
    assert shorter.text.count('name="subject_pattern"') == 1
    assert admin.post(f"{DRAFT}/templates/0", {**form, "do": "remove-subject-99"}).status_code == 200
    save(admin, draft, "templates/0", **TEMPLATE)
    template = draft().body.templates[0]
    assert template.renewal_window.days == 45
    assert template.recipe.subject == (("CN", "{cn}"), ("OU", "Офис"))
    assert template.tracked_attributes == ("surname",)
    page, _fragment = admin.both(f"{DRAFT}/templates/0")
    assert 'value="Офис"' in page


def test_faults_of_a_template_stand_beside_their_fields(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    wrong = {
        **TEMPLATE,
        "revision": draft().revision,
        "ca_template": "main|vpn|authenticate",
        "subject_pattern": ["{cn}", "{shoe_size}"],
        "renewal_days": "9999",
    }
    refused = admin.post(f"{DRAFT}/templates/0", wrong)
    assert refused.status_code == 422
    checked(refused.text)
    for sentence in (
        "Такого атрибута у пользователя нет",
        "Другой шаблон этой политики выпускает то же самое",
        "Больше срока действия сертификата",
    ):
        assert sentence in refused.text
    assert 'value="{shoe_size}"' in refused.text
    assert 'id="subject-1-error"' in refused.text


def test_the_preview_shows_a_person_and_what_he_lacks(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    form = {**TEMPLATE, "person": "бел", "subject_pattern": ["{cn}", "{department}"]}
    shown = admin.post(f"{DRAFT}/templates/preview", form, htmx=True)
    assert "Беляева Марина Сергеевна" in shown.text
    assert "m.belyaeva@example.org" in shown.text
    assert "не заполнено: подразделение" in shown.text.replace("отдел", "подразделение")
    assert "<html" not in shown.text
    assert "<html" in admin.post(f"{DRAFT}/templates/preview", form).text
    nobody = admin.post(f"{DRAFT}/templates/preview", {**form, "person": "ъъъъ"}, htmx=True)
    assert "Никто не найден" in nobody.text
    empty = admin.post(f"{DRAFT}/templates/preview", {**form, "subject_pattern": ["", ""]}, htmx=True)
    assert "субъект выходит пустым" in empty.text


def test_templates_are_moved_and_taken_out(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    save(admin, draft, "templates/1/move", way="up")
    assert [one.name for one in draft().body.templates] == ["VPN", "Подпись", "Шифрование почты"]
    assert "убран из черновика" in save(admin, draft, "templates/0/removal")
    assert [one.name for one in draft().body.templates] == ["Подпись", "Шифрование почты"]
    assert admin.post(f"{DRAFT}/templates/9/removal", {"revision": draft().revision}).status_code == 404
    assert admin.page(f"{DRAFT}/templates/9").status_code == 404


def test_publishing_shows_what_changes_first(admin: Visit, draft: Callable[[], DraftRow], portal: Portal) -> None:
    unchanged = admin.post(f"{DRAFT}/publishing", {"revision": draft().revision})
    assert unchanged.status_code == 422
    assert "публиковать нечего" in unchanged.text
    save(admin, draft, "templates/1/removal")
    page, _fragment = admin.both(f"{DRAFT}/publishing")
    assert "Опубликовать версию 2" in page
    assert "Убран шаблон «VPN»" in page
    forecast, _fragment = admin.both(f"{DRAFT}/forecast")
    assert "Обновление понадобится 1 устройству" in forecast
    assert "0947201553" in forecast
    done = admin.post(f"{DRAFT}/publishing", {"revision": draft().revision}, follow=True)
    assert "версия 2 опубликована" in done.text
    assert admin.page(DRAFT).headers["Location"].endswith("/admin/policies/1")
    with portal.database.read() as connection:
        assert len(connection.execute(select(PolicyVersion.version)).all()) == 2


def test_a_draft_with_something_to_mend_is_not_published(admin: Visit, portal: Portal) -> None:
    number = portal.policy_drafts.begin("Склад", actor="anna")
    page, _fragment = admin.both(f"/admin/policies/drafts/{number}/publishing")
    assert "Опубликовать версию" not in page
    assert "Нужно исправить до публикации" in page
    refused = admin.post(f"/admin/policies/drafts/{number}/publishing", {"revision": 1})
    assert (refused.status_code, "Сначала исправьте настройки" in refused.text) == (422, True)
    assert "Ничего: новая политика" in admin.page(f"/admin/policies/drafts/{number}/forecast").text


def test_who_comes_second_is_told_who_was_first(admin: Visit, draft: Callable[[], DraftRow], portal: Portal) -> None:
    seen = draft().revision
    save(admin, draft, "templates/1/removal")
    late = admin.post(f"{DRAFT}/sections/tracking", {"revision": seen})
    assert late.status_code == 409
    assert "Черновик изменён другим человеком" in late.text
    assert "administrator" in late.text
    seen = draft().revision
    portal.policy_publishing.publish(Editing(draft().id, seen, "boris"))
    late = admin.post(f"{DRAFT}/publishing", {"revision": seen})
    assert late.status_code == 409
    assert "Черновик уже опубликован" in late.text
    assert "boris" in late.text
    assert "before=1&amp;after=2" in late.text


def test_changes_are_carried_over_to_a_newer_version(
    admin: Visit, draft: Callable[[], DraftRow], portal: Portal
) -> None:
    save(admin, draft, "sections/registers", secret_net="y")
    newer = DeviceUsagePolicy(PolicyId(0), 0, "Сотрудники офиса", (SIGNATURE,))
    with portal.database.begin() as connection:
        publish(connection, newer, actor="boris", now=NOON)
    late = admin.post(f"{DRAFT}/publishing", {"revision": draft().revision})
    assert late.status_code == 409
    assert "boris" in late.text
    assert "before=1&amp;after=2" in late.text
    assert "Перенести мои правки" in admin.page(DRAFT).text
    assert "ваши правки сохранены" in save(admin, draft, "newer-version")
    assert draft().body.templates == (SIGNATURE,)
    assert len(draft().body.registers) == 1
    assert "версия 3 опубликована" in save(admin, draft, "publishing")


def test_withdrawing_and_deleting_say_what_stands_in_the_way(admin: Visit, portal: Portal) -> None:
    refused = admin.post("/admin/policies/1/withdrawal")
    assert refused.status_code == 409
    assert "Назначений: 1 (Ключ)" in refused.text
    with portal.database.begin() as connection:
        spare = publish(connection, DeviceUsagePolicy(PolicyId(0), 0, "Запас", (VPN,)), actor="anna", now=NOON).id
    assert "выведена из действия" in admin.post(f"/admin/policies/{spare}/withdrawal", follow=True).text
    assert admin.post(f"/admin/policies/{spare}/draft").status_code == 409
    assert "снова можно назначать" in admin.post(f"/admin/policies/{spare}/return", follow=True).text
    assert "удалена" in admin.post(f"/admin/policies/{spare}/deletion", follow=True).text
    assert admin.page(f"/admin/policies/{spare}").status_code == 404


def test_discarding_keeps_what_is_published(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    assert "Черновик отброшен" in save(admin, draft, "discard")
    assert draft().closed_as == "discarded"
    assert admin.page(f"{DRAFT}/publishing").status_code == 404


VALUES = st.one_of(
    st.text(max_size=30), st.integers(-(10**9), 10**30).map(str), st.sampled_from(["y", "on", "{cn}", "{"])
)
FORMS = st.dictionaries(
    st.sampled_from(
        [
            *(
                "name",
                "tracking",
                "per_person",
                "pin_min_length",
                "pin_max_length",
                "types",
                "common",
                "how",
                "secret_net",
            ),
            *("ca_template", "algorithm", "renewal_days", "subject_field", "subject_pattern", "alternative_field"),
            *("alternative_pattern", "tracked", "do", "way", "person", "optional", "escrow"),
        ]
    ),
    st.lists(VALUES, max_size=3),
)
PLACES = st.sampled_from(
    [
        *(f"sections/{name}" for name in SECTIONS),
        "templates/new",
        "templates/0",
        "templates/preview",
        "templates/0/move",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=PLACES, form=FORMS, stale=st.booleans())
def test_whatever_is_sent_gets_an_answer_in_words(
    admin: Visit, draft: Callable[[], DraftRow], place: str, form: dict[str, list[str]], stale: bool
) -> None:
    revision = "x" if stale else str(draft().revision)
    response = admin.post(f"{DRAFT}/{place}", {**form, "revision": revision})
    assert response.status_code in {200, 303, 404, 409, 422}, (place, form, response.status)
    assert not re.search(r"Traceback|incident", response.text)
    assert draft().id == DraftId(1)
