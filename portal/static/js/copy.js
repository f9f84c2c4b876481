// Copies the value of a [data-copy] button, or what a bare button in a cell says, and tells the eye and the ear.

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS there is no clipboard object; a selected field still works.
  const field = Object.assign(document.createElement("textarea"), { value: text, readOnly: true });
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("copy refused");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], td > button:not([class])");
  if (!button) return;
  event.preventDefault();
  try {
    await copy(button.dataset.copy || button.textContent.trim());
  } catch {
    return;
  }
  if ("copied" in button.dataset) return;
  const label = button.getAttribute("aria-label");
  const picture = button.querySelector("use");
  const icon = picture?.getAttribute("href");
  button.dataset.copied = "";
  button.setAttribute("aria-label", document.body.dataset.copiedLabel);
  picture?.setAttribute("href", icon.replace(/#.*/, "#check"));
  setTimeout(() => {
    delete button.dataset.copied;
    if (label === null) button.removeAttribute("aria-label");
    else button.setAttribute("aria-label", label);
    picture?.setAttribute("href", icon);
  }, 1500);
});
