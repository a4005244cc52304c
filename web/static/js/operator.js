/* The operator's console: type to find, arrows to choose, Enter and function keys to act with one's own telephone. */
import { post, say, toast } from "./page.js";

const KEYS = { F4: "hand-on", F6: "pick-up", F8: "park", F9: "hang-up" };
const page = document.querySelector("[data-operator]"), find = page.querySelector("#find"), shown = page.querySelector("#chosen");
const people = page.querySelector("#people");
let chosen = "", asked = 0;

const tiles = () => [...page.querySelectorAll(".tile")];
const visible = () => tiles().filter((tile) => !tile.hidden);

/** Show what fits what is typed; choose the first where the chosen one no longer fits. */
function sift() {
  const words = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const tile of tiles()) tile.hidden = !words.every((word) => tile.dataset.find.toLowerCase().includes(word));
  const there = visible();
  if (!there.some((tile) => tile.dataset.number === chosen)) chosen = words.length && there.length ? there[0].dataset.number : "";
  mark();
}

function mark() {
  for (const tile of tiles()) tile.classList.toggle("chosen", tile.dataset.number === chosen);
  if (shown) shown.textContent = number() || "–";
}

/** What an act is about: the chosen line, else a number that was typed. */
function number() {
  const typed = find.value.replace(/[\s-]/g, "");
  return chosen || (/^\+?[0-9*#]+$/.test(typed) ? typed : "");
}

/** Whoever of the address book fits; an answer that a later question has overtaken is let go. */
async function look() {
  const typed = find.value.trim(), mine = ++asked;
  if (!typed) { people.replaceChildren(); return; }
  const answer = await fetch(`/operator/people?typed=${encodeURIComponent(typed)}`).catch(() => null);
  if (!answer?.ok || mine !== asked) return;
  people.innerHTML = await answer.text();
  sift();
}

async function act(what) {
  try {
    const answer = await post(`/operator/${what}`, new URLSearchParams({ number: number() }));
    if (answer.ok) { find.value = ""; chosen = ""; look(); sift(); } else toast(await answer.text());
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  }
}

function move(step) {
  const there = visible(), at = there.findIndex((tile) => tile.dataset.number === chosen);
  const next = there[Math.max(0, Math.min(there.length - 1, at + step))];
  if (!next) return;
  chosen = next.dataset.number;
  next.scrollIntoView({ block: "nearest" });
  mark();
}

find.addEventListener("input", () => { sift(); look(); });
page.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]"), tile = event.target.closest(".tile");
  if (button) act(button.dataset.act);
  else if (tile) { chosen = tile.dataset.number; mark(); find.focus(); }
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (KEYS[event.key]) { event.preventDefault(); act(KEYS[event.key]); }
  else if (event.key === "Enter" && event.target === find) { event.preventDefault(); if (number()) act("call"); }
  else if (event.key === "Escape") { find.value = ""; chosen = ""; look(); sift(); find.focus(); }
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); move(event.key === "ArrowDown" ? 1 : -1); }
  else if (event.key.length === 1 && event.target === document.body) find.focus();
});
// New pieces come without our marks.
new MutationObserver(sift).observe(page.querySelector('[data-region="tiles"]'), { childList: true });
new MutationObserver(sift).observe(page.querySelector('[data-region="parked"]'), { childList: true });
sift();
