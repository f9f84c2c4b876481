// Content that renews itself, by stream or by asking again, must not disturb the person who reads it:
// the place in a scrolled dialog and the focus are kept, and what changed is said aloud once.

let before = null;

const body = () => document.querySelector("dialog[open] .dialog__body");
const stage = () => document.querySelector("dialog[open] [aria-current='step']")?.textContent;
const running = () => body()?.querySelector("[data-kind='running']");

function isInView(element) {
  const place = element.getBoundingClientRect();
  const frame = body().getBoundingClientRect();
  return place.top >= frame.top && place.bottom <= frame.bottom;
}

function remember() {
  const box = body();
  if (!box) return;
  const focused = document.activeElement;
  before = {
    stage: stage(),
    top: box.scrollTop,
    following: !running() || isInView(running()),
    focused: focused?.closest("dialog[open]") && { box: focused === box, tag: focused.tagName, words: focused.textContent.trim() },
  };
}

function restore() {
  const box = body();
  if (!box || !before || before.stage !== stage()) return;
  box.scrollTop = before.top;
  if (before.following && running()) running().scrollIntoView({ block: "nearest" });
  if (!before.focused || document.activeElement?.closest("dialog[open]")) return;
  const { box: reading, tag, words } = before.focused;
  const again = reading ? box : [...document.querySelectorAll(`dialog[open] ${tag}`)].find((one) => one.textContent.trim() === words);
  again?.focus({ preventScroll: true });
}

const PAUSE = 1000;
let said = "";
let timer = 0;

function announce() {
  timer = 0;
  const scope = document.querySelector("dialog[open]") ?? document;
  const words = [...scope.querySelectorAll("[data-announce]")].map((one) => one.dataset.announce).join(". ");
  if (words === said) return;
  said = words;
  const voice = document.getElementById("voice");
  if (voice) voice.textContent = words;
}

function changed() {
  restore();
  timer ||= setTimeout(announce, PAUSE);
}

document.addEventListener("htmx:beforeSwap", remember);
document.addEventListener("htmx:sseBeforeMessage", remember);
document.addEventListener("htmx:afterSwap", changed);
document.addEventListener("htmx:sseMessage", changed);
