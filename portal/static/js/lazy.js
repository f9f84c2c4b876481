// A <details data-lazy> asks for its fragment when it is first opened, and again only if that failed.

document.addEventListener(
  "toggle",
  (event) => {
    const details = event.target;
    if (!details.matches?.("details[data-lazy]")) return;
    const url = new URL(location.href);
    if (details.dataset.param) {
      if (details.open) url.searchParams.set(details.dataset.param, details.dataset.value);
      else if (url.searchParams.get(details.dataset.param) === details.dataset.value) url.searchParams.delete(details.dataset.param);
      history.replaceState(history.state, "", url);
    }
    if (details.open && !("loaded" in details.dataset)) window.htmx?.trigger(details, "load-card");
  },
  true,
);

document.addEventListener("htmx:afterRequest", (event) => {
  const details = event.detail.elt;
  if (details.matches?.("details[data-lazy]") && event.detail.successful) details.dataset.loaded = "";
});

// Menus are <details> too: one click elsewhere or Escape puts them away.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A filter form sends itself when a choice changes; without script there is its button.
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-live] select")) event.target.form.requestSubmit();
});
