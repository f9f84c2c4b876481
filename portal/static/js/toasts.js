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
  const prepared = document.getElementById(id);
  if (prepared) region()?.prepend(prepared.content.cloneNode(true));
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

const box = region();
if (box) {
  new MutationObserver((changes) => {
    for (const change of changes) change.addedNodes.forEach((node) => node.matches?.(".toast") && leaveLater(node));
    [...box.querySelectorAll(".toast")].slice(MOST).forEach((oldest) => oldest.remove());
  }).observe(box, { childList: true });
  box.querySelectorAll(".toast").forEach(leaveLater);
}
