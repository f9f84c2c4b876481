"""A file of people in a real browser: a worker checks it and takes it over, the page follows."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.conftest import Live
from tests.support.browser import reload_until

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]
HEADER = "логин;фамилия;имя;подразделение"


def chosen(page: Page, live: Live, *lines: str) -> None:
    """Send a file with these lines."""
    page.goto(f"{live.address}/admin/people/import")
    raw = "\r\n".join([HEADER, *lines]).encode("cp1251")
    file: FilePayload = {"name": "люди.csv", "mimeType": "text/csv", "buffer": raw}
    page.get_by_label("Таблица (CSV)").set_input_files(file)
    page.get_by_role("button", name="Посмотреть, что изменится").click()


def test_a_large_file_is_followed_to_its_end(visit: Visit, live: Live) -> None:
    page = visit()
    chosen(
        page, live, *(f"grp.{number};Групповой{number};Иван;Ключ / Группа" for number in range(1200)), ";Без;Логина;"
    )
    expect(page.get_by_role("heading", name="Ошибки в файле")).to_be_visible()
    expect(page.locator(".tally")).to_contain_text("1200")
    page.get_by_role("button", name="Загрузить").click()
    expect(page.get_by_role("alert")).to_contain_text("Ничего не загружено")
    page.get_by_label("Пропустить строки с ошибками").check()
    page.get_by_role("button", name="Загрузить").click()
    expect(page.locator("#file")).to_contain_text("Файл загружен")
    expect(page.get_by_role("heading", name="Пропущенные строки")).to_be_visible()
    page.goto(f"{live.address}/admin/people?q=групповой1199")
    expect(page.locator("main tbody")).to_contain_text("Групповой1199")


def test_a_file_without_scripts(visit: Visit, live: Live) -> None:
    page = visit(java_script_enabled=False)
    chosen(page, live, "bez.skriptov;Безскриптов;Иван;Ключ / Группа")
    reload_until(page, "Новые пользователи")
    page.get_by_role("button", name="Загрузить").click()
    reload_until(page, "Файл загружен")
