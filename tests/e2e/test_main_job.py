"""The main job in a real browser, on a real token: search, see why and what, enter the PIN, watch, read the summary."""

from collections.abc import Callable
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Live

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]

HOLDER_LATER: Final = "щербакова ольга"  # her token is updated by later tests only


def open_card(page: Page, holder: str) -> None:
    """From the one search box to the opened card."""
    page.fill("#search", holder)
    page.locator(".search__results a").first.click()
    page.locator("details.device > summary").first.click()
    expect(page.locator(".device__top").first).to_be_visible()


def go_to_the_pin(page: Page) -> None:
    page.locator("dialog .dialog__foot .button--primary").click()
    expect(page.locator("[name=pin]")).to_be_focused()


def test_one_update_from_search_to_summary(visit: Visit, live: Live) -> None:
    page = visit()
    open_card(page, "смирнова анна")
    before = page.url
    page.locator(".device__body [data-row-action]").first.click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Истекает срок действия сертификата «Вход в домен»")
    expect(dialog).to_contain_text("Удалить «Подпись почты»: шаблона нет в новой политике")
    expect(dialog).not_to_contain_text("Выпустить «Шифрование почты»")
    dialog.get_by_label("Шифрование почты").check()
    expect(dialog).to_contain_text("Выпустить «Шифрование почты»")
    go_to_the_pin(page)
    expect(page.locator("#presence")).to_contain_text("Токен подключён")
    page.fill("[name=pin]", live.pin)
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Сертификаты, добавленные вне системы")
    dialog.get_by_role("button", name="Отслеживать отмеченные").click()
    expect(dialog).to_contain_text("Устройство обновлено")
    expect(dialog).to_contain_text("Выпущен «Шифрование почты»")
    dialog.get_by_role("link", name="Готово").click()
    expect(dialog).to_have_count(0)
    expect(page).to_have_url(before)
    expect(page.locator(".device__body").first).to_contain_text("Причин нет: устройство соответствует политике.")
    expect(page.locator(".device__said").first).to_contain_text("Всё в порядке")
    expect(page.locator(".device__body").first).to_contain_text("отслеживаемый")
    serial = page.locator("details.device code").first.inner_text()
    read = live.command("--json", "tokens", "read", serial, "--pin-stdin", given=f"{live.pin}\n")
    assert read.returncode == 0, read.stderr
    assert live.pin not in read.stdout
    planned = live.ask("updates", "plan", serial)
    assert [item for item in planned["plan"]["items"] if item["action"] in {"issue", "renew", "delete"}] == []


def test_who_chooses_and_goes_on_at_once_is_not_called_back(visit: Visit) -> None:
    page = visit()
    open_card(page, HOLDER_LATER)
    page.locator(".device__body [data-row-action]").first.click()
    dialog = page.locator("dialog[open]")
    page.route("**/updates/new?*", lambda _route: None)  # the plan with the choice stays on its way
    dialog.get_by_label("Подпись почты").check()
    with page.expect_event("requestfailed", lambda given_up: "/updates/new?" in given_up.url):
        go_to_the_pin(page)
    expect(dialog.locator("input[name=optional][value*=mail]")).to_have_count(1)


def test_what_is_refused_in_the_dialog_is_said_there_and_keeps_the_address(visit: Visit) -> None:
    page = visit()
    open_card(page, HOLDER_LATER)
    page.locator(".device__body [data-row-action]").first.click()
    go_to_the_pin(page)
    before = page.url
    form = page.locator("dialog form[data-hx-post]")
    form.evaluate("form => { form.dataset.hxPost = '/admin/devices/999999/updates'; window.htmx.process(form); }")
    page.fill("[name=pin]", "12345678")
    page.keyboard.press("Enter")
    expect(page.locator("dialog .toast")).to_contain_text("Такой записи нет")
    expect(page.locator("[name=pin]")).to_be_visible()
    expect(page).to_have_url(before)


def test_a_wrong_pin_costs_one_try_and_the_right_one_goes_on(visit: Visit, live: Live) -> None:
    page = visit("operator")
    open_card(page, "орлова мария")
    page.locator(".device__body [data-row-action]").first.click()
    go_to_the_pin(page)
    page.fill("[name=pin]", "00000000")
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("PIN-код не подошёл")
    expect(dialog).to_contain_text("Сертификаты, которые работали раньше, на месте.")
    page.fill("[name=pin]", "00000000")
    dialog.get_by_role("button", name="Продолжить").click()
    expect(dialog).to_contain_text("уже отклонил")
    page.fill("[name=pin]", live.pin)
    dialog.get_by_role("button", name="Продолжить").click()
    expect(dialog).to_contain_text("Устройство обновлено")
