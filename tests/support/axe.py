"""axe-core in the page a browser shows: read once for a run, put into each page once, asked for what matters."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import axe_playwright_python
from playwright.sync_api import Page

CONTRAST: Final = ("color-contrast",)
#: Everything that another choice of colours may change.
COLOURED: Final = (*CONTRAST, "link-in-text-block")
ROOM: Final = ("target-size", "scrollable-region-focusable")
#: Ran in the page; the rows of a table come from one loop, a few stand for all.
_RUN: Final = """
async ([wanted, part, rows]) => {
  for (const body of document.querySelectorAll("tbody")) [...body.rows].slice(rows).forEach((row) => row.remove());
  const beyond = ["wcag2aaa", "experimental", "deprecated"];
  const usual = axe.getRules().filter((rule) => !rule.tags.some((tag) => beyond.includes(tag)));
  const known = usual.map((rule) => rule.ruleId);
  const only = known.filter((rule) => !wanted.length || wanted.includes(rule));
  const places = [...document.querySelectorAll(part)];
  const found = await axe.run(places, {resultTypes: ["violations"], preload: false, runOnly: only});
  return found.violations.flatMap((one) => one.nodes.map((node) =>
    `${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 300)}`));
}
"""


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def violations(page: Page, *rules: str, part: str = "html", rows: int = 5) -> list[str]:
    """What axe finds on the page as it is shown now, or on a part of it; all rules it has on, unless some are named."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_source())
    found: Any = page.evaluate(_RUN, [list(rules), part, rows])
    return [str(one) for one in found]


def too_wide(page: Page, width: int) -> int:
    """By how many pixels the page can be scrolled sideways when the window is this wide."""
    page.set_viewport_size({"width": width, "height": 800})
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
