/* Extensions chosen by pointing at them, written into a field as people write them: 8001-8005, 8010. */
const dialog = document.getElementById("picker"), count = document.getElementById("picker-count");
const buttons = [...dialog.querySelectorAll("[data-number]")];
let field = null, last = null;

const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));
const pressed = (button) => button.getAttribute("aria-pressed") === "true";
const tell = () => { count.textContent = count.dataset.words.replace("{count}", buttons.filter(pressed).length); };

/** `8001-8003, 8010` as its numbers. */
function each(text) {
  return text.split(/[\s,;\u3001\uff0c\uff1b]+/).filter(Boolean).flatMap((span) => {
    const [first, end] = span.split("-");
    if (!end || end.length !== first.length) return [span];
    return Array.from({ length: Math.max(0, Number(end) - Number(first) + 1) }, (_, at) => String(Number(first) + at).padStart(first.length, "0"));
  });
}

/** Numbers as runs of them. */
function runs(numbers) {
  const found = [];
  for (const number of numbers) {
    const run = found.at(-1);
    if (run && run.end.length === number.length && Number(number) === Number(run.end) + 1) run.end = number;
    else found.push({ first: number, end: number });
  }
  return found.map(({ first, end }) => (first === end ? first : `${first}-${end}`)).join(", ");
}

document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-pick]");
  if (!open) return;
  field = open.parentElement.querySelector("input");
  const chosen = new Set(each(field.value));
  for (const button of buttons) press(button, chosen.has(button.dataset.number));
  tell();
  dialog.showModal();
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.number) {
    const from = buttons.indexOf(last), to = buttons.indexOf(button), wanted = !pressed(button);
    // With Shift everything from the last one on goes along.
    for (const one of event.shiftKey && last ? buttons.slice(Math.min(from, to), Math.max(from, to) + 1) : [button]) press(one, wanted);
    last = button;
  } else if (button.dataset.all !== undefined) {
    const group = [...button.closest("section").querySelectorAll("[data-number]")], wanted = !group.every(pressed);
    for (const one of group) press(one, wanted);
  } else if (button.dataset.picker) {
    if (button.dataset.picker === "take") {
      field.value = runs(buttons.filter(pressed).map((one) => one.dataset.number).sort((a, b) => a.length - b.length || a.localeCompare(b)));
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    dialog.close();
    field.focus();
  }
  tell();
});
