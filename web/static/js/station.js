/* The station of a ward: keys, acknowledging, and being heard. */
import { connect, show } from "./live.js";
import { announce, post, say, toast } from "./page.js";
import { Sound } from "./sound.js";

const { sound: soundPath, live } = document.body.dataset;
const screen = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const queue = document.getElementById("queue");
const cards = () => [...queue.querySelectorAll("[data-call]")];
const buttons = () => [...queue.querySelectorAll("[data-acknowledge]")];

let retry = 0, alarmed = 0;
const sound = new Sound({
  wanted: (call) => queue.querySelector(`[data-call="${call}"]:not([data-state="acknowledged"])`) !== null,
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

sound.judge();
connect(`${live}&screen=${screen}`, {
  added(pieces, first) {
    for (const piece of pieces) {
      if (!piece.dataset.call) continue;
      if (!first) piece.classList.add("call-new");
      announce(piece.dataset.say, piece.dataset.level === "emergency" || piece.dataset.level === "urgent");
    }
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

async function acknowledge(button) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await post(`/station/${button.dataset.acknowledge}/acknowledge`);
    if (!answer.ok) toast(await answer.text() || say("That did not work: no answer from the appliance. Try again."));
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  }
  button.removeAttribute("aria-busy");
}

queue.addEventListener("click", (event) => {
  const button = event.target.closest("[data-acknowledge]");
  if (button) acknowledge(button);
});

function step(by) {
  const all = buttons();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))].focus();
}

const KEYS = {
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
  a: () => { const [first] = buttons(); if (first) acknowledge(first); },
};

document.addEventListener("keydown", (event) => {
  sound.enable();
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("input, select, textarea, .menu")) return;
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("pointerdown", () => sound.enable());
document.getElementById("sound-chip").addEventListener("click", async () => {
  await sound.enable();
  if (sound.context?.state === "running") sound.chime("call");
});

// What other scripts, and tests, may look at.
globalThis.nightbell = { sound, cards };
