// A dialog arrives as a fragment in #dialogs; this opens it, closes it and gives focus back.

let opener = null;
let cameFrom = null;
const voices = ["toasts", "voice"].map((id) => document.getElementById(id)).filter(Boolean);

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id !== "dialogs") return;
  opener = document.activeElement;
  cameFrom = location.href;
});

// A list says once, on its body, that the buttons of its rows open dialogs: fifty of them need not say so each.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens] :is(a.button, td > a)");
  if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  window.htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#dialogs" });
});

// What a closed dialog asked for must not come back and change the address of the page behind it.
const asked = new Set();
document.addEventListener("htmx:beforeSend", (event) => {
  if (!event.target.closest?.("dialog[open]")) return;
  const request = event.detail.xhr;
  asked.add(request);
  request.addEventListener("loadend", () => asked.delete(request));
});

function open(dialog) {
  dialog.showModal();
  // All outside an open dialog is inert, so messages and announcements move in with it.
  dialog.append(...voices);
  focusStep(dialog);
  dialog.addEventListener("close", () => finish(dialog), { once: true });
}

// A step that asks for something puts the cursor there, or on its first mistake; others start at the title.
function focusStep(dialog) {
  const first = dialog.querySelector("[aria-invalid='true']") ?? dialog.querySelector("input[autofocus]");
  (first ?? dialog.querySelector("h2"))?.focus();
}

function finish(dialog) {
  const back = cameFrom ?? dialog.dataset.returnUrl;
  document.body.append(...voices);
  for (const request of asked) {
    request.onabort = null; // on purpose, so nothing to complain of in the console
    request.abort();
  }
  // Taken away by htmx, so that a stream inside ends with it.
  if (window.htmx) window.htmx.swap(dialog, "", { swapStyle: "delete" });
  else dialog.remove();
  if (back && back !== location.href) history.replaceState({ htmx: true }, "", back);
  const again = opener?.isConnected ? opener : opener?.id && document.getElementById(opener.id);
  (again || document.querySelector("main"))?.focus();
  if (window.htmx) window.htmx.trigger(document.body, "dialog-closed");
}

// Focus is moved only when the swap took it away: who merely reads or selects text is left alone.
let hadFocus = false;
for (const moment of ["htmx:beforeSwap", "htmx:sseBeforeMessage"]) {
  document.addEventListener(moment, () => {
    hadFocus = Boolean(document.activeElement?.closest("dialog[open]"));
  });
}

document.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.detail.target?.querySelector?.("dialog[data-modal]:not([open])");
  if (dialog) open(dialog);
  const shown = document.querySelector("dialog[open]");
  if (shown && hadFocus && !shown.contains(document.activeElement)) focusStep(shown);
});

document.addEventListener("click", (event) => {
  const closer = event.target.closest("[data-dialog-close]");
  const dialog = closer?.closest("dialog[open]");
  if (!dialog) return;
  event.preventDefault();
  dialog.close();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// A page may come with its dialog already inside, for instance after a reload.
const waiting = document.querySelector("#dialogs dialog[data-modal]:not([open])");
if (waiting) open(waiting);
