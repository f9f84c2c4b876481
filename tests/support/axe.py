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

#: Ran in the page: what is written is told apart by all that its contrast is reckoned from; a kind that was found well
#: once is not judged again. A kind nobody could judge, because something lay over it, say, is tried wherever it is.
_CONTRAST: Final = """
async ([before, rows]) => {
  const known = new Set(before);
  for (const body of document.querySelectorAll("tbody")) [...body.rows].slice(rows).forEach((row) => row.remove());
  const spared = '[disabled], [aria-disabled="true"], [aria-hidden="true"], [inert], label';
  const reckoned = new Map();
  const coats = (place) => {
    if (!place) return "";
    if (!reckoned.has(place)) {
      const on = getComputedStyle(place);
      const coat = [on.backgroundColor, on.backgroundImage, on.opacity, on.filter, on.mixBlendMode].join();
      reckoned.set(place, (coat === "rgba(0, 0, 0, 0),none,1,none,normal" ? "" : coat) + coats(place.parentElement));
    }
    return reckoned.get(place);
  };
  const kindOf = (one) => {
    const own = getComputedStyle(one);
    const kind = [one.tagName, own.color, own.fontSize, own.fontWeight, own.textShadow, own.webkitTextFillColor];
    kind.push(own.visibility, own.textIndent, own.position);
    const apart = one.closest(spared);
    kind.push(apart ? [apart.tagName, apart.matches(":disabled"), Boolean(apart.control?.disabled)].join() : "");
    return kind.concat(coats(one)).join(" ");
  };
  const written = (one) => one.matches("input, select, textarea") ||
    [...one.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  const shown = (one) => {
    const box = one.getBoundingClientRect();
    const there = box.width > 1 && box.height > 1 && box.right > 0 && box.bottom + scrollY > 0;
    const meant = !one.matches('option, [aria-hidden="true"], [aria-hidden="true"] *');
    const cut = getComputedStyle(one).clipPath !== "none";
    return there && meant && !cut && one.checkVisibility({checkVisibilityCSS: true});
  };
  const kinds = new Map();
  for (const one of document.body.querySelectorAll("*")) {
    if (!written(one) || !shown(one)) continue;
    const kind = kindOf(one);
    if (!known.has(kind)) kinds.set(kind, [...(kinds.get(kind) || []), one]);
  }
  const judged = new Set();
  const faults = [];
  const judge = async (include) => {
    if (!include.length) return;
    const wanted = {resultTypes: ["violations", "passes"], runOnly: ["color-contrast"]};
    const found = await axe.run({include}, {...wanted, preload: false, elementRef: true});
    found.passes.flatMap((one) => one.nodes).forEach((node) => judged.add(kindOf(node.element)));
    faults.push(...found.violations.flatMap((one) => one.nodes.map((node) =>
      `${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)} | ${node.failureSummary.slice(0, 300)}`)));
  };
  await judge([...kinds.values()].map((alike) => alike[0]));
  const open = [...kinds].filter(([kind]) => !judged.has(kind));
  await judge(open.flatMap(([, alike]) => alike.slice(1)));
  return [faults, [...judged]];
}
"""


@cache
def _source() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()


def _put_into(page: Page) -> None:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(_source())


def violations(page: Page, *rules: str, part: str = "html", rows: int = 5) -> list[str]:
    """What axe finds on the page as it is shown now, or on a part of it; all rules it has on, unless some are named."""
    _put_into(page)
    found: Any = page.evaluate(_RUN, [list(rules), part, rows])
    return [str(one) for one in found]


def contrast(page: Page, known: set[str], rows: int = 5) -> list[str]:
    """What cannot be read for its colours, of the kinds that nobody knows to be well; those that are become known."""
    _put_into(page)
    faults, judged = page.evaluate(_CONTRAST, [sorted(known), rows])
    known.update(judged)
    return [str(one) for one in faults]


def too_wide(page: Page, width: int) -> int:
    """By how many pixels the page can be scrolled sideways when the window is this wide."""
    page.set_viewport_size({"width": width, "height": 800})
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
