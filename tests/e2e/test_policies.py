"""An administrator writes a policy in a real browser: a copy, a template with its preview, the forecast, publishing."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]
NAME = "Практиканты"


def test_a_policy_is_written_tried_and_published(visit: Visit, live: Live) -> None:
    page = visit()
    page.goto(f"{live.address}/admin/policies")
    page.get_by_role("link", name="Бухгалтерия").click()
    page.get_by_role("link", name="Копировать").click()
    page.get_by_label("Название политики").fill(NAME)
    page.get_by_role("button", name="Начать черновик").click()
    page.get_by_role("link", name="Изменить: Шаблоны сертификатов").click()
    page.get_by_role("link", name="Подпись документов", exact=True).click()
    _tries_the_names(page)
    page.get_by_label("Срок продления").fill("60")
    page.get_by_label("Срок продления").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Сохранено в черновике")
    page.get_by_role("link", name="Проверить и опубликовать").click()
    expect(page.locator("#publishing")).to_contain_text("новая политика никого не затрагивает")
    page.get_by_role("button", name="Опубликовать версию 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    page.locator("summary", has_text="Подпись документов").click()
    expect(page.get_by_text("60 дней")).to_be_visible()


def _tries_the_names(page: Page) -> None:
    preview = page.locator("#preview")
    page.get_by_label("На примере сотрудника").fill("смирнова анна")
    expect(preview).to_contain_text("Смирнова Анна")
    page.get_by_role("button", name="Добавить строку").first.click()
    page.get_by_label("Значение, строка 8").fill("Отдел {snils}")
    expect(preview).to_contain_text("не заполнено")
    expect(preview).to_contain_text("СНИЛС")
    page.get_by_role("button", name="Убрать строку 8").click()
    expect(page.get_by_label("Значение, строка 8")).to_have_count(0)
