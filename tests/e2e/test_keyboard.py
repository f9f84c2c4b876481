"""Everything by keyboard alone: the update on both sides, a policy, and a focus that is seen wherever it comes to."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Live
from tests.support.browser import watched_page
from tests.support.hands import Hands

pytestmark = pytest.mark.e2e

Visit = Callable[..., Page]


def sign_in(page: Page, live: Live, role: str) -> Hands:
    """The sign-in by keyboard; the cursor waits in the first field."""
    hands = Hands(page)
    login, password = live.login(role)
    page.goto(f"{live.address}/sign-in")
    expect(page.locator("[name=login]")).to_be_focused()  # a browser puts it there with the first picture
    hands.write(login)
    hands.press("Tab")
    hands.write(password)
    hands.press("Enter")
    page.wait_for_url("**/my/" if role.startswith("employee") else "**/admin/")
    return hands


def test_the_whole_update(page: Page, live: Live) -> None:
    hands = sign_in(page, live, "administrator")
    _opens_the_card(page, hands)
    opener = hands.reach("Обновить")
    hands.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("heading", name="Обновление устройства")).to_be_focused()
    assert {stop.inside and stop.seen for stop in hands.round()} == {True}, "the focus stays inside the dialog"
    hands.press("Escape")
    expect(dialog).to_have_count(0)
    hands.come_back_to(opener)
    hands.press("Enter")
    expect(dialog).to_contain_text("Что изменится")
    _chooses_and_thinks_better_of_it(page, hands)
    hands.reach("Дальше")
    hands.press("Enter")
    expect(page.locator("[name=pin]")).to_be_focused()
    expect(page.locator("#presence")).to_contain_text("Токен подключён")
    hands.write(live.pin)
    hands.press("Enter")
    expect(dialog).to_contain_text("Устройство обновлено")
    hands.reach("Готово")
    hands.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator(".device__said").first).to_contain_text("Можно выбрать необязательный сертификат")


def _opens_the_card(page: Page, hands: Hands) -> None:
    hands.press("/")
    hands.write("соколова ек")
    expect(page.locator(".search__results a").first).to_contain_text("Соколова Екатерина")
    hands.press("ArrowDown", "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Соколова Екатерина Павловна")
    hands.reach("SoftHSM")
    hands.press("Enter")
    expect(page.locator(".device__top").first).to_be_visible()


def _chooses_and_thinks_better_of_it(page: Page, hands: Hands) -> None:
    choice, plan = "Подпись почты", page.locator("dialog[open] [aria-labelledby=plan-what]")
    for shown in (True, False):
        if choice not in getattr(hands.here(), "name", ""):
            hands.reach(choice)
        hands.press("Space")
        expect(plan.get_by_text(f"Выпустить «{choice}»")).to_have_count(int(shown))
        expect(page.get_by_label(choice)).to_be_focused()


def test_the_update_of_ones_own_token(page: Page, live: Live) -> None:
    hands = sign_in(page, live, "employee:smirnova")
    opener = hands.reach("Обновить токен")
    hands.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Что изменится")
    hands.reach("Дальше")
    hands.press("Enter")
    expect(page.locator("[name=pin]")).to_be_focused()
    assert {stop.inside and stop.seen for stop in hands.round()} == {True}
    hands.reach("Назад")
    hands.press("Enter")
    expect(dialog).to_contain_text("Что изменится")
    hands.press("Escape")
    expect(dialog).to_have_count(0)
    hands.come_back_to(opener)


def test_a_policy_is_written_and_published(page: Page, live: Live) -> None:
    hands = sign_in(page, live, "administrator")
    hands.reach("Политики")
    hands.press("Enter")
    page.wait_for_url("**/admin/policies")
    hands.reach("Новая политика")
    hands.press("Enter")
    page.wait_for_url("**/admin/policies/new")
    hands.reach("Название политики")
    hands.write("Стажёры")
    hands.press("Enter")
    page.wait_for_url("**/admin/policies/drafts/*")
    hands.reach("Сторонние сертификаты")
    hands.press("Enter")
    page.wait_for_url("**/sections/tracking")
    hands.reach("Искать сертификаты")
    hands.press("Space")
    hands.reach("Сохранить в черновике")
    hands.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Сохранено в черновике")
    hands.reach("Проверить и опубликовать")
    hands.press("Enter")
    expect(page.locator("#publishing")).to_contain_text("новая политика никого не затрагивает")
    hands.reach("Опубликовать версию 1")
    hands.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Стажёры")


def test_the_focus_is_seen_wherever_it_comes_to(visit: Visit, live: Live) -> None:
    page = visit(reduced_motion="reduce")
    for address in ("/admin/", "/admin/people/new", "/admin/audit?q=nothing-of-the-kind"):
        page.goto(f"{live.address}{address}")
        stops = Hands(page).round()
        assert len(stops) > 10
        assert [stop for stop in stops if not stop.seen or not stop.name] == []


def test_everything_fits_and_works_at_twice_the_size(browser: Browser, live: Live) -> None:
    """A usual window at 200 %: half as wide, each pixel twice as large."""
    context = browser.new_context(locale="ru-RU", viewport={"width": 640, "height": 400}, device_scale_factor=2)
    with watched_page(context) as page:
        hands = sign_in(page, live, "administrator")
        _opens_the_card(page, hands)
        hands.reach("Обновить")
        hands.press("Enter")
        expect(page.locator("dialog[open]")).to_contain_text("Что изменится")
        assert {stop.inside and stop.seen for stop in hands.round()} == {True}
        beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(beyond) == 0
        foot = page.locator("dialog[open] .dialog__foot").bounding_box()
        assert foot
        assert foot["y"] + foot["height"] <= 400
    context.close()
