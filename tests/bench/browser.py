"""What people feel of the pages: when the largest piece is painted, and how soon a key or a click is answered."""

from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Page

from tests.bench.client import Client
from tests.bench.figures import figure
from tests.support.browser import chromium

PAGES: Final = {
    "overview": "/admin/",
    "devices": "/admin/devices",
    "people": "/admin/people",
    "updates": "/admin/updates",
}
#: The browser rounds to eight milliseconds and tells nothing of what is answered within one frame.
FRAME: Final = 16.0
_WATCH: Final = f"""
window.seen = {{ paint: 0, answers: [] }};
const each = (kind, more, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({{ type: kind, buffered: true, ...more }});
each("largest-contentful-paint", {{}}, (entry) => (seen.paint = entry.startTime));
each("event", {{ durationThreshold: {FRAME} }}, (entry) => entry.interactionId && seen.answers.push(entry.duration));
"""
_PAINTED: Final = """() => new Promise((done) => {
  const look = () => (seen.paint > 0 ? done(seen.paint) : setTimeout(look, 10));
  look();
})"""


def felt(client: Client, times: int) -> Iterator[dict[str, object]]:
    """Every page loaded so often with a warm cache, then a list walked, opened and searched."""
    base = f"http://{client.host}:{client.port}"
    with chromium() as browser, browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in client.cookies.items()])
        context.add_init_script(_WATCH)
        page = context.new_page()
        for name, path in PAGES.items():
            paints = [_paint(page, base + path) for _ in range(times + 1)][1:]
            yield {"page": f"browser: {name}, largest paint", "paint": figure(paints)}
        page.goto(base + PAGES["devices"], wait_until="load")
        answers = _answers(page, times)
        yield {"page": "browser: devices, key or click to the next paint", "answer": figure(answers)}


def _paint(page: Page, address: str) -> float:
    page.goto(address, wait_until="load")
    return float(page.evaluate(_PAINTED))


def _answers(page: Page, times: int) -> list[float]:
    """Down the rows, letters into the search box; whatever took no longer than a frame counts as one."""
    done = 0
    for place in range(times):
        for key in ("j", "k", "Tab"):
            page.keyboard.press(key)
        page.locator(".page-head h1").click()
        box = page.locator("[data-search]").first
        box.press_sequentially("ивановсмирнов"[place % 10])
        box.press("Escape")
        box.fill("")
        page.evaluate("document.activeElement.blur()")
        done += 6
    page.wait_for_timeout(500)  # the last ones are told with the next frames
    slow = [float(one) for one in page.evaluate("seen.answers")]
    return [*slow, *[FRAME] * max(0, done - len(slow))]
