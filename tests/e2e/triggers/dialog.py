"""The update of one device through the pages: the words of its reasons, the plan, the PIN, the summary."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Locator, Page, expect

from tests.acceptance.installation import PIN
from tests.e2e.triggers.office import Office
from tests.e2e.triggers.story import Side, Story, matches

FINE: Final = re.compile("Всё в порядке|Можно выбрать необязательный сертификат")


@dataclass(frozen=True, slots=True)
class Walk:
    """Somebody's way through an update."""

    page: Page
    office: Office
    story: Story

    @property
    def dialog(self) -> Locator:
        """The open dialog."""
        return self.page.locator("dialog[open]")

    def reads_why(self) -> None:
        """The card, or the holder's first page, tells every reason in its words and no others."""
        reasons = self.story.reasons
        if self.story.side is Side.OWN:
            self.page.goto(self.office.address("/my/"))
            matches([self.story.headline], self.page.locator("main .verdict h2").all_inner_texts())
            due = [reason for reason in reasons if reason.reason.due]
            reasons = tuple(due) if len(due) > 1 else ()
        else:
            self.page.goto(self.office.card(self.story.seat))
        found = self.page.locator("main .reasons > li > span:first-of-type").all_inner_texts()
        matches([reason.words for reason in reasons], found)

    def reads_the_plan(self) -> None:
        """The dialog tells exactly what will be done, what stays, and why."""
        expect(self.dialog).to_contain_text("Что изменится")
        for label in self.story.ticks:
            self._ticks(label)
        for part, lines in (("what", self.story.plan), ("stays", self.story.stays)):
            matches([line.plan for line in lines], sentences(self._lines(part)))
        behind = " ".join(self.dialog.locator(".plan details p").all_text_contents())
        assert all(why.words in behind for why in self.story.whys), behind

    def _ticks(self, label: str) -> None:
        """Press a box: the plan is shown anew, one line longer or shorter."""
        box, before = self.dialog.get_by_label(label), self._lines("what").count()
        wanted = not box.is_checked()
        box.click()
        expect(self._lines("what")).not_to_have_count(before)
        expect(box).to_be_checked(checked=wanted)

    def _lines(self, part: str) -> Locator:
        return self.dialog.locator(f"[aria-labelledby=plan-{part}] .plan__line")

    def begins(self) -> None:
        """From the reasons to the PIN."""
        self.reads_why()
        self.opens()
        self.reads_the_plan()
        self.enters_the_pin()

    def opens(self) -> None:
        """Press «Обновить» on the card, or the one button of the first page."""
        own = self.story.side is Side.OWN
        self.page.locator("main section a[id^=act-]" if own else ".device__body [data-row-action]").first.click()

    def enters_the_pin(self) -> None:
        """The PIN, typed in the page."""
        self.page.locator("dialog .dialog__foot .button--primary").click()
        expect(self.page.locator("[name=pin]")).to_be_focused()
        expect(self.page.locator("dialog #presence")).to_contain_text("Токен подключён")
        self.page.fill("[name=pin]", PIN)
        self.page.keyboard.press("Enter")

    def reads_the_summary(self) -> None:
        """What was done, in words; then the card, or the first page, says that nothing is left to do."""
        self.reads_what_was_done()
        self.leaves()

    def reads_what_was_done(self) -> None:
        """Every line of the plan, done."""
        expect(self.dialog.locator(".verdict h3")).to_have_text("Устройство обновлено")
        told = sentences(self.dialog.locator("[aria-labelledby=result-1] .plan__line"))
        matches([line.done for line in self.story.plan if line.done and not line.later], told)
        rest = sentences(self.dialog.locator("[aria-labelledby=result-2] .plan__line"))
        matches([line.plan for line in self.story.plan if line.later], rest)

    def leaves(self) -> None:
        """Close the dialog: nothing is left to do."""
        self.dialog.get_by_role("link", name="Готово").click()
        expect(self.dialog).to_have_count(0)
        self.has_nothing_to_do()

    def has_nothing_to_do(self) -> None:
        """The next look finds nothing."""
        self.office.settles()
        if self.story.side is Side.OWN:
            self.page.goto(self.office.address("/my/"))
            expect(self.page.locator("main .verdict h2")).to_contain_text("С вашим токеном всё в порядке")
            return
        self.page.goto(self.office.card(self.story.seat))
        expect(self.page.locator(".device__said").first).to_have_text(FINE)


def walk_through(walks: Sequence[Walk]) -> None:
    """Several people at once: each reads and enters the PIN, then each waits for the end."""
    for walk in walks:
        walk.begins()
    for walk in walks:
        walk.reads_the_summary()


def sentences(lines: Locator) -> list[str]:
    """The sentences of a plan or a summary, without what stands small below or behind them."""
    script = "all => all.map(line => [...line.querySelectorAll('span, div')][0].firstChild.textContent.trim())"
    return list(lines.evaluate_all(script))
