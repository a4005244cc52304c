/* The cashier's window: suggestions while typing, arrow keys, a card reader that types, receipts that print. */
const field = document.getElementById("q"), list = document.getElementById("found");
const amount = document.querySelector(".desk-pay .amount");
const options = () => [...list.querySelectorAll("[role=option]")];

function choose(number) {
  const all = options();
  all.forEach((option, place) => option.setAttribute("aria-selected", String(place === number)));
  field.setAttribute("aria-expanded", String(all.length > 0));
  if (all[number]) {
    field.setAttribute("aria-activedescendant", all[number].id);
    all[number].scrollIntoView({ block: "nearest" });
  } else field.removeAttribute("aria-activedescendant");
}
const chosen = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");

let asked = 0, waiting = 0, shownFor = field.value.trim();
async function suggest() {
  const number = ++asked, typed = field.value.trim();
  const answer = typed ? await fetch(`/cashier/find?q=${encodeURIComponent(typed)}`, { credentials: "same-origin" }) : null;
  const pieces = answer?.ok ? await answer.text() : "";
  if (number !== asked) return;
  list.innerHTML = pieces;
  shownFor = typed;
  choose(0);
}
field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(suggest, 120); });
field.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key], all = options();
  if (step && all.length) {
    event.preventDefault();
    choose((chosen() + step + all.length) % all.length);
  } else if (event.key === "Enter" && !event.isComposing && all.length && field.value.trim() === shownFor) {
    // Suggestions of an earlier text never decide: a card's number and Enter come faster than any answer.
    event.preventDefault();
    location.assign(all[Math.max(chosen(), 0)].href);
  }
});
choose(options().length ? 0 : -1);

/* A reader types its card faster than any hand and ends with Enter: never an amount, wherever the cursor is. */
const HAND = 50, PAUSE = 150, SHORTEST = 6; // milliseconds a key on average; the fastest hands need twice as long
let burst = "", began = 0, last = 0, before = "";
document.addEventListener("keydown", (event) => {
  const goesOn = event.timeStamp - last < PAUSE;
  last = event.timeStamp;
  if (event.key === "Enter") {
    const quick = goesOn && last - began < HAND * burst.length;
    if (quick && burst.length >= SHORTEST && event.target !== field) {
      event.preventDefault();
      event.stopPropagation();
      if (event.target === amount) amount.value = before;
      location.assign(`/cashier?q=${encodeURIComponent(burst)}`);
    }
    burst = "";
  } else if (event.key.length === 1) {
    if (!goesOn) [burst, began, before] = ["", last, amount?.value ?? ""];
    burst += event.key;
  }
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) {
    event.preventDefault();
    if (document.querySelector(".desk-card")) location.assign("/cashier");
    else { field.value = ""; suggest(); field.focus(); }
  } else if (event.key === "F9" && amount) {
    event.preventDefault();
    document.querySelector("[data-key=F9]").click();
  }
});

/* Receipts. */
const atOnce = document.getElementById("print-at-once");
atOnce.checked = localStorage.getItem("print-at-once") !== "no";
atOnce.addEventListener("change", () => localStorage.setItem("print-at-once", atOnce.checked ? "yes" : "no"));
function print(path) {
  document.querySelector("iframe[data-printing]")?.remove();
  const frame = document.createElement("iframe");
  frame.setAttribute("data-printing", "");
  frame.className = "unseen";
  frame.src = path;
  document.body.append(frame);
}
for (const button of document.querySelectorAll("[data-reprint]")) button.addEventListener("click", () => { print(button.dataset.reprint); field.focus(); });
const fresh = document.querySelector("[data-print]");
if (fresh && atOnce.checked) print(fresh.dataset.print);
// Loaded again, the page prints nothing twice.
if (fresh) history.replaceState(null, "", "/cashier");
