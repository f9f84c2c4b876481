"""Policies in the console: reading them, beginning a draft, publishing it, withdrawing."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import select

from portal.bootstrap import Portal
from portal.db.models import PolicyVersion
from portal.db.queries.policy_drafts import DraftRow
from portal.domain.ids import PolicyId
from portal.domain.policy import DeviceUsagePolicy
from portal.services.policies import publish
from portal.services.policy_drafts import Editing
from tests.support.clock import NOON
from tests.web.policies.editing import DRAFT, save
from tests.web.visits import Visit
from tests.web.world import MAIL, SIGNATURE, VPN


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


def test_publishing_shows_what_changes_first(admin: Visit, draft: Callable[[], DraftRow], portal: Portal) -> None:
    unchanged = admin.post(f"{DRAFT}/publishing", {"revision": draft().revision})
    assert unchanged.status_code == 422
    assert "публиковать нечего" in unchanged.text
    assert "Обновление не понадобится ни одному устройству" in admin.page(f"{DRAFT}/forecast").text
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
    assert "Снимите их" in refused.text, "another policy for these people would leave the assignment where it is"
    assert refused.text.split("</main>")[0].lower().count("ничего не измен") == 1
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
    assert admin.page(f"{DRAFT}/publishing").headers["Location"] == "/admin/policies/1"
