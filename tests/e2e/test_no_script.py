"""The product without JavaScript: what scripts make quicker works by plain pages, on both sides."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live
from tests.support.browser import reload_until

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]


def test_an_update_with_a_wrong_pin_and_its_progress(visit: Visit, live: Live) -> None:
    page = visit(java_script_enabled=False)
    page.fill("#search", "журавлев петр")
    page.keyboard.press("Enter")
    page.locator("main tbody th a", has_text="Журавлёв").first.click()
    page.locator("details.device > summary").first.click()
    page.get_by_role("link", name="Открыть карточку устройства").click()
    page.get_by_role("link", name="Обновить", exact=True).click()
    expect(page.locator("main")).to_contain_text("Что изменится")
    page.get_by_role("button", name="Дальше").click()
    page.get_by_role("link", name="Назад").click()
    expect(page.locator("main")).to_contain_text("Что изменится")
    page.get_by_role("button", name="Дальше").click()
    page.fill("[name=pin]", "00000000")
    page.get_by_role("button", name="Обновить").click()
    reload_until(page, "PIN-код не подошёл")
    page.fill("[name=pin]", live.pin)
    page.get_by_role("button", name="Продолжить").click()
    reload_until(page, "Устройство обновлено")
    page.get_by_text("Журнал выполнения").click()
    expect(page.get_by_role("list", name="Шаги обновления")).to_be_visible()
    page.get_by_role("link", name="Готово").click()
    expect(page.locator("main")).to_contain_text("Причин нет: устройство соответствует политике.")


def test_the_way_to_the_plan_and_back(visit: Visit) -> None:
    page = visit("employee:shcherbakova", java_script_enabled=False)  # her token is updated by later tests only
    page.get_by_role("link", name="Обновить токен").click()
    changes = page.locator("[aria-labelledby=plan-what]")
    expect(changes).to_contain_text("Вход в домен")
    page.get_by_role("link", name="Отмена").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("SoftHSM")
    page.get_by_role("link", name="Мои устройства").first.click()
    expect(page.get_by_role("link", name="Обновить токен")).to_be_visible()


def test_filters_language_and_signing_out(visit: Visit, live: Live) -> None:
    page = visit(java_script_enabled=False)
    page.get_by_role("link", name="Устройства", exact=True).first.click()
    page.get_by_label("Состояние").select_option("Выключено")
    page.get_by_role("button", name="Показать").click()
    expect(page.locator("main tbody td > b").first).to_have_text("Выключено")
    menu = page.locator("details.menu", has=page.get_by_role("button", name="English", include_hidden=True))
    menu.locator("summary").click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
    menu.locator("summary").click()
    page.get_by_role("button", name="Русский").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Устройства")
    menu.locator("summary").click()
    page.get_by_role("button", name="Выйти").click()
    expect(page).to_have_url(f"{live.address}/sign-in")


def test_a_policy_is_written_and_published(visit: Visit, live: Live) -> None:
    page = visit(java_script_enabled=False)
    page.goto(f"{live.address}/admin/policies")
    page.get_by_role("link", name="Новая политика").click()
    page.get_by_label("Название политики").fill("Без сценариев")
    page.get_by_role("button", name="Начать черновик").click()
    page.get_by_role("link", name="Изменить: Сторонние сертификаты").click()
    page.get_by_label("Искать сертификаты, добавленные вне системы").check()
    page.get_by_role("button", name="Сохранить в черновике").click()
    page.get_by_role("link", name="Проверить и опубликовать").click()
    page.get_by_role("button", name="Опубликовать версию 1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Без сценариев")
