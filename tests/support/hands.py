"""A person without a mouse: keys only, and every place the focus comes to must be seen."""

import time
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Page

from tests.support.waiting import eventually

#: What comes in from the side, or is being scrolled to, is looked at when it has come to rest.
SETTLES: Final = 10.0
FOCUS: Final = """
() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const words = [one.ariaLabel, ...[...(one.labels ?? [])].map((label) => label.textContent), one.textContent];
  const name = (words.find((text) => text?.trim()) ?? "").replace(/\\s+/g, " ").trim();
  const style = getComputedStyle(one);
  const drawn = one.closest("svg") ? true : style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const boxes = [...one.getClientRects()];
  const over = boxes.map((box) => document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
  const label = one.labels?.[0];
  const free = over.some((top) => top && (one.contains(top) || top.contains(one) || label?.contains(top)));
  return {name, tag: one.tagName, drawn, free, inside: Boolean(one.closest("dialog[open]"))};
}
"""


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the focus is."""

    name: str
    tag: str
    drawn: bool
    free: bool
    inside: bool

    @property
    def seen(self) -> bool:
        """It has an outline, and nothing lies over it."""
        return self.drawn and self.free


@dataclass(frozen=True, slots=True)
class Hands:
    """Two hands on a keyboard."""

    page: Page

    def press(self, *keys: str) -> None:
        """One key after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Type it."""
        self.page.keyboard.type(text)

    def here(self) -> Stop | None:
        """Where the focus is, as soon as nothing moves over it; nowhere between the end of a page and its beginning."""
        until = time.monotonic() + SETTLES
        while (stop := self._now()) is not None and not stop.seen and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        return stop

    def _now(self) -> Stop | None:
        found = self.page.evaluate(FOCUS)
        return Stop(**found) if found else None

    def come_back_to(self, stop: Stop) -> None:
        """The focus is there, or comes there soon."""
        eventually(lambda: self._now() == stop, f"the focus comes back to {stop}")

    def reach(self, words: str, key: str = "Tab", most: int = 150) -> Stop:
        """Go on until the focus is on what is called so; each stop on the way is seen."""
        passed = []
        for _ in range(most):
            self.press(key)
            stop = self.here()
            if stop is None:
                continue
            passed.append(stop.name[:60])
            assert stop.seen, f"the focus cannot be seen on {stop}, after {passed}"
            if words in stop.name:
                return stop
        raise AssertionError(f"{words!r} is not reached: {passed}")

    def round(self, most: int = 300) -> list[Stop]:
        """Every stop from here until the focus comes back to the first one."""
        stops: list[Stop] = []
        marked = "document.activeElement.dataset.first = ''"
        self.press("Tab")
        self.page.evaluate(marked)
        for _ in range(most):
            if (stop := self.here()) is not None:
                stops.append(stop)
            self.press("Tab")
            if self.page.evaluate("'first' in document.activeElement.dataset"):
                return stops
        raise AssertionError(f"no way round: {[stop.name for stop in stops[-20:]]}")
