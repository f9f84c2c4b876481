// Keyboard: "/" goes to the search box, "j" and "k" walk a list, "u" presses the row's update action.
// "Enter" needs nothing from us: the walk puts focus on the row's own link or summary.

// A list whose buttons open dialogs says so once, on its body; other rows say themselves that they are walked.
const ROW = "[data-row], tbody[data-opens] > tr";

const isTyping = (element) => element.isContentEditable || element.matches("input, textarea, select");
const isVisible = (element) => element.getClientRects().length > 0;

function rowTarget(row) {
  return row.querySelector("[data-row-target]") ?? row.querySelector("summary, a[href]");
}

function walk(step) {
  const open = document.querySelector("dialog[open]") ?? document;
  const rows = [...open.querySelectorAll(ROW)].filter(isVisible);
  if (rows.length === 0) return;
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const there = here < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(Math.max(here + step, 0), rows.length - 1);
  rowTarget(rows[there])?.focus();
  rows[there].scrollIntoView({ block: "nearest" });
}

function pressRowAction() {
  const row = document.activeElement?.closest(ROW);
  row?.querySelector("[data-row-action], .act a, td:last-child > a[aria-labelledby]")?.click();
}

function focusSearch() {
  const box = [...document.querySelectorAll("[data-search]")].find(isVisible);
  box?.focus();
  box?.select();
}

const commands = {
  "/": focusSearch,
  j: () => walk(1),
  k: () => walk(-1),
  u: pressRowAction,
};
// The same keys on a Russian layout, by their place on the keyboard.
const byPlace = { Slash: "/", KeyJ: "j", KeyK: "k", KeyU: "u" };
const isRussian = (key) => /^[а-яё.]$/i.test(key);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target)) return;
  const command = commands[isRussian(event.key) ? byPlace[event.code] : event.key];
  if (!command || (command === focusSearch && document.querySelector("dialog[open]"))) return;
  event.preventDefault();
  command();
});

// Down from the search box enters its results; Escape leaves them.
document.addEventListener("keydown", (event) => {
  const search = event.target.closest?.(".search");
  if (!search || !["ArrowDown", "ArrowUp", "Escape"].includes(event.key)) return;
  if (event.key === "Escape") {
    document.activeElement.blur();
    return;
  }
  const stops = [search.querySelector("[data-search]"), ...search.querySelectorAll(".search__results a")];
  const next = stops[stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
});
