// Times in rows are short and carry the exact one for machines: it shows where the pointer rests, and in place on a tap.

const exact = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "long", timeStyle: "long" });

function timeOf(event) {
  const time = event.target.closest?.("td time");
  if (time && !time.title) time.title = exact.format(new Date(time.dateTime));
  return time;
}

document.addEventListener("pointerover", timeOf);
document.addEventListener("click", (event) => {
  const time = timeOf(event);
  if (time && !time.closest("a, button")) time.textContent = time.title;
});
