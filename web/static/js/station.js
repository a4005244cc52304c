/* The station of a ward: keys, acknowledging, and being heard. */
import { connect, show } from "./live.js";
import { announce, post, say, toast } from "./page.js";
import { Sound } from "./sound.js";
import { soundcheck } from "./soundcheck.js";
import { open as openAsk } from "./todo.js";

const { sound: soundPath, soundcheck: checkPath, live } = document.body.dataset;
const screen = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const queue = document.getElementById("queue");
const cards = () => [...queue.querySelectorAll("[data-call]")];
const buttons = () => [...queue.querySelectorAll("[data-acknowledge]")];

let retry = 0, alarmed = 0;
const sound = new Sound({
  wanted: (call) => queue.querySelector(`[data-call="${call}"]:is([data-state="raised"], [data-state="escalated"])`) !== null,
  changed: (heard, why) => { showSound(heard, why); report(); },
  speaking: (text) => {
    const chip = document.getElementById("speaking");
    chip.hidden = text === null;
    chip.lastElementChild.textContent = say("Speaking");
    chip.title = text || "";
  },
});

function showSound(heard, why) {
  const chip = document.getElementById("sound-chip"), alarm = document.getElementById("enable-sound");
  chip.dataset.state = heard ? "on" : "off";
  chip.querySelector(".chip-text").textContent = say(heard ? "Sound on" : why === "hidden" ? "Station hidden" : "Sound off");
  const message = {
    asleep: "This station is silent. Tap here or press any key to enable sound.",
    unsupported: "This browser cannot play sound. Calls are shown but not spoken.",
    failing: "An announcement could not be played. Calls are shown but may not be spoken.",
    muted: "The sound of this station is turned off. Turn it up.",
  }[why];
  if (message) alarm.querySelector(".alarm-text").textContent = say(message);
  alarm.hidden = !message;
  document.title = document.title.replace(/^(\(!\) )?/, heard ? "" : "(!) ");
}

/** Tell the server whether this screen can be heard; again when it did not listen. */
async function report() {
  clearTimeout(retry);
  if (sound.heard === null || document.body.dataset.link !== "on") return;
  try {
    const answer = await post(soundPath, { screen, heard: sound.heard, why: sound.why });
    if (!answer.ok) retry = setTimeout(report, 3000);
  } catch {
    retry = setTimeout(report, 3000);
  }
}

const check = soundcheck(sound, screen, checkPath);
const volume = document.getElementById("volume");

/** No screen is turned down below the volume of the night: the slider ends there. */
function turn(to) {
  volume.value = to;
  sound.turn(Number(volume.value));
  try { localStorage.setItem("nightbell-volume", volume.value); } catch { /* it lasts as long as the page */ }
}
let before = "100";
try { before = localStorage.getItem("nightbell-volume") || before; } catch { /* full volume */ }
turn(before);
volume.addEventListener("input", () => turn(volume.value));

sound.judge();
connect(`${live}&screen=${screen}`, {
  added(pieces, first) {
    const calls = pieces.filter((piece) => piece.dataset.call);
    if (!first) calls.forEach((piece) => piece.classList.add("call-new"));
    const urgent = calls.some(({ dataset }) => dataset.level === "emergency" || dataset.level === "urgent");
    if (calls.length) announce(calls.map((piece) => piece.dataset.say).join("; "), urgent);
  },
  changed: () => sound.settle(),
  spoken: (one) => sound.say(one),
  state(state) {
    const was = document.body.dataset.link;
    show(state);
    if (state === "on" && was !== "on") report();
    clearInterval(alarmed);
    if (state === "lost" || state === "out") {
      const cry = () => { if (sound.context?.state === "running") sound.chime("alarm"); };
      cry();
      alarmed = setInterval(cry, 15000);
    }
  },
});

const acknowledge = (button) => ask(button, `/station/${button.dataset.acknowledge}/acknowledge`);

/** Have something done about a call; what could not be done is said. */
async function ask(button, path) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await post(path);
    if (!answer.ok) toast(await answer.text() || say("That did not work: no answer from the appliance. Try again."));
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  }
  button.removeAttribute("aria-busy");
}

queue.addEventListener("click", (event) => {
  const button = event.target.closest("[data-acknowledge]");
  if (button) acknowledge(button);
  const speak = event.target.closest("[data-speak]");
  if (speak) ask(speak, `/station/${speak.dataset.speak}/speak`);
  const cancel = event.target.closest("[data-cancel]");
  if (cancel) end(cancel);
});

/** Ending a call takes two touches: one that goes astray must not end any. */
const SURE = 4000;
function end(button) {
  if (button.hasAttribute("data-sure")) { button.removeAttribute("data-sure"); ask(button, `/station/${button.dataset.cancel}/cancel`); return; }
  button.setAttribute("data-sure", "");
  setTimeout(() => button.removeAttribute("data-sure"), SURE);
}

/** The chosen card: the one that has the focus, or a button in it. */
const chosen = () => document.activeElement.closest("[data-call]");

/** Choose the next card, or the one before; what can be acknowledged has its button ready for Enter. */
function step(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.indexOf(chosen());
  const card = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  (card.querySelector("[data-acknowledge]") || card).focus();
}

const shortcuts = document.getElementById("shortcuts");
document.getElementById("shortcuts-open")?.addEventListener("click", () => shortcuts.show());

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  a: () => { const [first] = buttons(); if (first) acknowledge(first); },
  s: () => chosen()?.querySelector("[data-speak]")?.click(),
  Delete: () => chosen()?.querySelector("[data-cancel]")?.click(),
  r: () => openAsk(),
  "?": () => { if (shortcuts) shortcuts.open ? shortcuts.close() : shortcuts.show(); },
  Escape: () => shortcuts?.close(),
  t: () => check.run(),
  y: () => { if (check.asking()) check.answer("yes"); },
  n: () => { if (check.asking()) check.answer("no"); },
};

document.addEventListener("keydown", (event) => {
  sound.enable();
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, .menu")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("pointerdown", () => sound.enable());
document.getElementById("sound-chip").addEventListener("click", () => check.run());
document.querySelector('[data-region="soundcheck"]').addEventListener("click", () => check.run());

// What other scripts, and tests, may look at.
globalThis.nightbell = { sound, cards };
