"""The update of one token through its dialog, with the step at which registers are asked."""

import re
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page, expect

from portal.domain.identity import IdentityClaim
from portal.web.identity_prefill import typed
from tests.acceptance.installation import PIN
from tests.e2e.identity.bureau import Bureau
from tests.e2e.identity.seats import Seat, Side

STAGE: Final = "[aria-current=step]"


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody's way through an update."""

    page: Page
    bureau: Bureau
    seat: Seat

    @property
    def dialog(self) -> Locator:
        """The dialog, over a page or as a page of its own."""
        return self.page.locator(".dialog")

    def begins(self) -> None:
        """From the card, or the holder's first page, to the form: plan and PIN."""
        own = self.seat.side is Side.OWN
        self.page.goto(self.bureau.address("/my/" if own else f"/admin/devices/{self.bureau.device(self.seat)}"))
        self.page.locator("main section a[id^=act-]" if own else ".device__body [data-row-action]").first.click()
        expect(self.dialog).to_contain_text("Сначала данные владельца проверят в государственных реестрах")
        self.dialog.locator(".dialog__foot .button--primary").click()
        self.enters_the_pin()
        self.is_asked()

    def enters_the_pin(self) -> None:
        """The PIN, typed in the page."""
        self.page.locator("[name=pin]").fill(PIN)
        self.page.keyboard.press("Enter")

    def is_asked(self) -> None:
        """The form has come by itself, with the names of the directory."""
        expect(self.dialog.locator(STAGE)).to_contain_text("СМЭВ")
        expect(self.dialog.locator("[name=surname]")).to_have_value(self.seat.name)

    def tells(self, claim: IdentityClaim) -> None:
        """Fill in the form from documents, and send it."""
        for name, value in typed(claim).items():
            place = self.dialog.locator(f"[name={name}]")
            if name in {"no_middle_name", "inn"}:
                continue
            if name == "sex":
                place.select_option(value)
            else:
                place.fill(value)
        self.dialog.get_by_role("button", name="Дальше").click()

    def forgets_most(self) -> None:
        """Send the form with one field filled in: the cursor comes to the first mistake, and nothing typed is lost."""
        self.dialog.locator("[name=birth_date]").fill("31.02.1990")
        self.page.keyboard.press("Enter")
        expect(self.dialog.locator(".note--summary")).to_contain_text("Дата рождения: такого дня нет")
        expect(self.dialog.locator("[name=birth_date]")).to_be_focused()
        expect(self.dialog.locator("[name=birth_date]")).to_have_value("31.02.1990")

    def sees(self, title: str, *more: str) -> None:
        """The note of the step says so, whenever it comes to that."""
        expect(self.dialog.locator(".note strong").first).to_have_text(title)
        for words in more:
            expect(self.dialog).to_contain_text(words)

    def sees_registers(self, **states: str) -> None:
        """Where each register stands."""
        for name, state in states.items():
            line = self.dialog.locator(".steps li").filter(has_text=re.compile(name))
            expect(line.locator(".state")).to_contain_text(state)

    def corrects(self) -> None:
        """Back to the form, which has everything that was typed."""
        self.dialog.get_by_role("link", name="Исправить данные").click()
        expect(self.dialog.locator("[name=passport_code]")).to_have_value("770-042")

    def reaches_the_end(self) -> None:
        """The update went on by itself to its summary."""
        expect(self.dialog.locator(".verdict h3")).to_have_text("Устройство обновлено")

    def cancels(self) -> None:
        """Stop here: nothing was begun."""
        self.dialog.get_by_role("button", name="Отменить обновление").click()
        expect(self.dialog.locator(".verdict h3")).to_have_text("Обновление отменено")

    def closes(self) -> None:
        """Leave the dialog."""
        self.dialog.get_by_role("link", name="Закрыть").last.click()
        expect(self.dialog).to_have_count(0)

    def comes_back(self) -> None:
        """Open the same update again, in the address line."""
        number = self.bureau.update(self.seat)
        self.page.goto(self.bureau.address(f"/{self.seat.side}/updates/{number}"))
