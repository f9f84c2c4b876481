"""The editor of policies: sections, templates row by row, the preview."""

from collections.abc import Callable

import pytest

from portal.db.queries.policy_drafts import DraftRow
from portal.domain.policy import AgentRules, OtherPerson
from tests.web.policies.editing import DRAFT, SECTIONS, TEMPLATE, save
from tests.web.visits import Visit, checked


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
    save(admin, draft, "sections/agents", updates="y", task_days="14", other_person="refuse")
    save(admin, draft, "sections/commons", common=["Нет такого"], how=["required"])
    body = draft().body
    assert (body.name, body.track_automatically, body.commons) == ("Офис", True, ())
    assert body.devices.types == ("Рутокен",)
    assert (body.devices.per_person, body.devices.pin_min_length) == (2, 8)
    assert (body.self_service.choose_optional, body.self_service.revoke) == (True, False)
    assert body.agents == AgentRules(task_days=14, other_person=OtherPerson.REFUSE, report_foreign=False)
    page, _fragment = admin.both(DRAFT)
    for sentence in (
        "Название политики: Сотрудники офиса → Офис",
        "Устройств на человека: без ограничения → 2",
        "нет → да",
        "Задача ждёт: 7 дней → 14 дней",
        "отметить и не предлагать там обновление",
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


def test_somebody_elses_changes_are_noticed_and_what_was_typed_stays(
    admin: Visit, draft: Callable[[], DraftRow]
) -> None:
    seen = draft().revision
    save(admin, draft, "sections/registers", secret_net="y")
    typed = {"per_person": "много", "pin_min_length": "9", "pin_max_length": "12", "revision": seen}
    assert f'name="revision" value="{seen}"' in admin.post(f"{DRAFT}/sections/devices", typed).text
    late = admin.post(f"{DRAFT}/sections/devices", {**typed, "per_person": "3"})
    assert late.status_code == 409
    checked(late.text)
    assert "Черновик изменён другим человеком" in late.text
    assert ('value="9"' in late.text, draft().body.devices.per_person) == (True, 0)
    assert f'name="revision" value="{draft().revision}"' in late.text
    save(admin, draft, "sections/devices", **{**typed, "per_person": "3", "revision": draft().revision})
    assert (draft().body.devices.per_person, len(draft().body.registers)) == (3, 1)


def test_a_template_is_not_written_over_the_one_that_took_its_place(
    admin: Visit, draft: Callable[[], DraftRow]
) -> None:
    seen = {**TEMPLATE, "revision": draft().revision, "was": "Подпись"}
    save(admin, draft, "sections/registers", secret_net="y")
    late = admin.post(f"{DRAFT}/templates/0", seen)
    assert late.status_code == 409
    checked(late.text)
    assert ("Офис" in late.text, "ещё раз" in late.text) == (True, True)
    save(admin, draft, "templates/0/removal")
    longer = admin.post(f"{DRAFT}/templates/0", {**seen, "do": "add-subject"}).text
    assert f'name="revision" value="{seen["revision"]}"' in longer, "adding a row is no look at the newer draft"
    gone = admin.post(f"{DRAFT}/templates/0", seen)
    assert (gone.status_code, "Офис" in gone.text) == (409, False)
    assert [one.name for one in draft().body.templates] == ["VPN", "Шифрование почты"]


def test_a_form_of_a_draft_that_is_over_is_told_what_became_of_it(admin: Visit, draft: Callable[[], DraftRow]) -> None:
    seen = draft().revision
    save(admin, draft, "sections/registers", secret_net="y")
    assert "версия 2 опубликована" in save(admin, draft, "publishing")
    for place in ("sections/devices", "templates/0", "templates/0/removal"):
        late = admin.post(f"{DRAFT}/{place}", {**TEMPLATE, "revision": seen})
        assert (late.status_code, "Черновик уже опубликован" in late.text) == (409, True)
        if "removal" not in place:
            assert admin.page(f"{DRAFT}/{place}").headers["Location"] == "/admin/policies/1"


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
    strange = admin.post(f"{DRAFT}/templates/preview", {**form, "subject_pattern": ["{cn}", "{shoe}"]}, htmx=True)
    assert "Такого атрибута нет ни у кого: shoe" in strange.text
    assert "не заполнено" not in strange.text
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
