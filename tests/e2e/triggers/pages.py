"""What an administrator does with policies, by pressing what the pages show."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.e2e.triggers.office import Office
from tests.e2e.triggers.seats import Seat

TEMPLATES: Final = "Шаблоны сертификатов"
COMMONS: Final = "Общие сертификаты"
#: What a forecast begins with, be it of many devices or of none.
FORETOLD: Final = re.compile("Обновление (не )?понадобится")


@dataclass(frozen=True, slots=True)
class Draft:
    """The draft of a policy, opened by its administrator."""

    page: Page

    def section(self, name: str) -> None:
        """Go to a section."""
        self.page.locator(".editor__nav").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("heading", level=2, name=name)).to_be_visible()

    def template(self, name: str) -> None:
        """Open the editor of a template."""
        self.section(TEMPLATES)
        self.page.locator("#draft h3").get_by_role("link", name=name, exact=True).click()
        expect(self.page.get_by_label("Название шаблона")).to_have_value(name)

    def new_template(self, name: str, issued: str) -> None:
        """Open the editor for one more; the key is quick to make."""
        self.section(TEMPLATES)
        self.page.get_by_role("link", name="Добавить шаблон").click()
        self.page.get_by_label("Название шаблона").fill(name)
        self.page.get_by_label("Что выпускается").select_option(issued)
        self.page.get_by_label("Алгоритм ключа").select_option("p256")

    def take_out(self, name: str) -> None:
        """Take a template out of the draft."""
        self.section(TEMPLATES)
        panel = self.page.locator("section.panel").filter(has=self.page.get_by_role("link", name=name, exact=True))
        panel.get_by_role("button", name="Исключить").click()
        expect(self.page.locator("#toasts")).to_contain_text(f"Шаблон «{name}» убран из черновика")

    def common(self, name: str, how: str) -> None:
        """Say in the section of common certificates what becomes of one."""
        panel = self.page.locator(".panel").filter(has=self.page.get_by_role("heading", name=name, exact=True))
        panel.get_by_label("В этой политике").select_option(how)

    def save(self) -> None:
        """Save the form that is open."""
        self.page.locator(".savebar").get_by_role("button", name="Сохранить в черновике").click()
        expect(self.page.locator("#toasts")).to_contain_text("Сохранено в черновике")

    def publish(self, *foretold: Seat) -> None:
        """Look at the forecast, which names these holders and no others, and publish."""
        self.page.get_by_role("link", name="Проверить и опубликовать").click()
        effects = self.page.locator("[aria-labelledby=effects]")
        expect(effects.locator("b")).to_contain_text(FORETOLD)
        named = effects.locator("li > a").all_inner_texts()
        assert {name.split()[0] for name in named} == {seat.name for seat in foretold}, effects.inner_text()
        self.page.get_by_role("button", name=re.compile("Опубликовать версию")).click()
        expect(self.page.locator("#toasts")).to_contain_text("опубликована")


def open_draft(page: Page, office: Office, policy: str) -> Draft:
    """From the list of policies to the draft of one."""
    page.goto(office.address("/admin/policies"))
    page.locator("main").get_by_role("link", name=policy, exact=True).click()
    page.get_by_role("button", name="Изменить", exact=True).click()
    expect(page.locator(".editor__nav")).to_be_visible()
    return Draft(page)


def open_person(page: Page, office: Office, seat: Seat) -> None:
    """From the one search box to the form of a person."""
    page.goto(office.address("/admin/"))
    page.fill("#search", seat.name)
    page.locator(".search__results a").first.click()
    page.get_by_role("link", name="Изменить", exact=True).click()
    expect(page.get_by_label("Фамилия")).to_have_value(seat.name)


def save_person(page: Page) -> None:
    """Save the form of a person."""
    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("#toasts")).to_contain_text("Изменения сохранены")


def assign(page: Page, office: Office, policy: str, *, unit: str, groups: Collection[str], priority: int) -> Locator:
    """Fill in an assignment and look at what it does; answers that part of the page, then ``confirm``."""
    page.goto(office.address("/admin/assignments"))
    page.get_by_role("link", name="Назначить политику").click()
    page.get_by_label("Политика").select_option(label=policy)
    page.get_by_label("Подразделение").select_option(label=unit)
    page.get_by_label("Приоритет").fill(str(priority))
    page.get_by_label("Только для групп").select_option(list(groups))
    page.get_by_role("button", name="Показать, что изменится").click()
    effects = page.locator("[aria-labelledby=effects]")
    expect(effects.locator("b")).to_contain_text(FORETOLD)
    return effects


def confirm(page: Page) -> None:
    """Save what was looked at."""
    page.locator(".savebar").get_by_role("button", name="Назначить").click()
    expect(page.locator("#toasts")).to_contain_text("Политика назначена")
