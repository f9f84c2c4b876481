// Toasts: good news leaves by itself, trouble stays until it is closed. Failed requests become toasts.

const region = () => document.getElementById("toasts");
const STAY = 8000;
const MOST = 4;

function leaveLater(toast) {
  if (!toast.matches("[data-leaves]")) return;
  let timer = setTimeout(() => toast.remove(), STAY);
  for (const pause of ["pointerenter", "focusin"]) toast.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["pointerleave", "focusout"]) {
    toast.addEventListener(resume, () => {
      clearTimeout(timer);
      timer = setTimeout(() => toast.remove(), STAY);
    });
  }
}

function showPrepared(id) {
  const prepared = document.getElementById("toast-no-connection");
  if (!prepared) return;
  const toast = prepared.content.cloneNode(true);
  if (id !== prepared.id) {
    toast.querySelector(".toast > div").replaceChildren(document.getElementById(id).content.cloneNode(true));
  }
  region()?.prepend(toast);
}

document.addEventListener("click", (event) => {
  event.target.closest("[data-toast-close]")?.closest(".toast")?.remove();
});

// The page sends every 4xx and 5xx but 422 to #toasts. Only a toast may land there:
// a proxy's own error page is replaced by our words.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse, isError } = event.detail;
  if (!isError || target !== region() || /class="toast["\s]/.test(serverResponse)) return;
  event.detail.shouldSwap = false;
  showPrepared("toast-server-failed");
});
document.addEventListener("htmx:sendError", () => showPrepared("toast-no-connection"));
document.addEventListener("htmx:timeout", () => showPrepared("toast-no-connection"));

// Whoever asked may have been replaced before the answer came, by a stream above all. Then nothing of the answer
// reaches the page, and what failed would fail in silence.
function failed(xhr) {
  return xhr.status >= 400 && xhr.status !== 422 && !xhr.getResponseHeader("HX-Redirect");
}

function showFailure(event) {
  const { elt, xhr } = event.detail;
  if (elt.isConnected || !failed(xhr)) return;
  event.preventDefault();
  const toast = new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector(".toast");
  if (toast) region()?.prepend(toast);
  else showPrepared("toast-server-failed");
}

function showSilence(event) {
  if (!event.detail.elt.isConnected) showPrepared("toast-no-connection");
}

const heard = new WeakSet();
document.addEventListener("htmx:beforeSend", ({ detail: { elt } }) => {
  if (heard.has(elt)) return; // what happens to an element that left is heard at itself alone
  heard.add(elt);
  elt.addEventListener("htmx:beforeOnLoad", showFailure);
  for (const lost of ["htmx:sendError", "htmx:timeout"]) elt.addEventListener(lost, showSilence);
});

const box = region();
if (box) {
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach((node) => node.matches?.(".toast") && leaveLater(node));
    [...box.querySelectorAll(".toast")].slice(MOST).forEach((oldest) => oldest.remove());
  }).observe(box, { childList: true });
  box.querySelectorAll(".toast").forEach(leaveLater);
}
