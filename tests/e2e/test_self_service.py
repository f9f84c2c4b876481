"""Self-service in a real browser, on a real token: from the sign-in to the summary, with and without scripts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live
from tests.support.browser import reload_until

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]
HOLDER = "employee:shcherbakova"


def test_an_employee_updates_his_token(visit: Visit, live: Live) -> None:
    """One press from the sign-in to the update; everything by keyboard."""
    page = visit(HOLDER)
    expect(page.locator("main")).to_contain_text("Обновите токен: изменились ваши данные")
    button = page.get_by_role("link", name="Обновить токен")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Что изменится")
    expect(dialog.locator("input[type=checkbox]")).to_have_count(0)
    dialog.get_by_role("button", name="Дальше").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=pin]")).to_be_focused()
    expect(page.locator("#presence")).to_contain_text("Токен подключён")
    page.keyboard.type(live.pin)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Устройство обновлено")
    dialog.get_by_role("link", name="Готово").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("main")).to_contain_text("С вашим токеном всё в порядке до")
    serial = page.locator("details.device code").first.inner_text()
    planned = live.ask("updates", "plan", serial)
    assert [item for item in planned["plan"]["items"] if item["action"] in {"issue", "renew", "delete"}] == []
    change_the_pin(page, live.pin, "Kx-48213-w")
    read = live.command("--json", "tokens", "read", serial, "--pin-stdin", given="Kx-48213-w\n")
    assert read.returncode == 0, read.stderr
    page.goto(f"{live.address}/my/updates")
    expect(page.locator("main .badge")).to_have_text(["Завершено", "Завершено"])


def change_the_pin(page: Page, old: str, new: str) -> None:
    page.get_by_role("link", name="Сменить").click()
    for name, value in (("pin", old), ("new_pin", new), ("again", new)):
        page.fill(f"[name={name}]", value)
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("код сменён")


def test_a_new_token_is_issued_without_script(visit: Visit, live: Live) -> None:
    page = visit("employee:elkina", java_script_enabled=False)
    expect(page.locator("main")).to_contain_text("Ваш токен готов к выпуску")
    page.get_by_role("link", name="Выпустить токен").click()
    expect(page.locator("main")).to_contain_text("Что изменится")
    page.get_by_role("button", name="Дальше").click()
    page.fill("[name=pin]", live.pin)
    page.get_by_role("button", name="Обновить").click()
    reload_until(page, "Устройство обновлено")
    page.get_by_role("link", name="Мои устройства").first.click()
    expect(page.locator("main")).to_contain_text("С вашим токеном всё в порядке до")
    page.get_by_role("link", name="Утерян, сломан или в чужих руках").click()
    page.get_by_role("button", name="Отозвать токен").click()
    expect(page.locator("main")).to_contain_text("Выберите один из ответов")
