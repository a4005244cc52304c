/* The line to the server: snapshot first, then changes; and a loud word when it is lost. */
import { heard, tick } from "./clock.js";
import { say } from "./page.js";
import { apply } from "./regions.js";

const BEAT = 10000, PATIENCE = 5000;
const build = new URL(import.meta.url).pathname.split("/")[2];

/** Stay connected to `path`. added(elements, first) is told of new pieces, spoken(say) of announcements,
 *  changed() after every change, state("on" | "off" | "lost" | "out") of the connection. */
export function connect(path, { added = () => {}, spoken = () => {}, changed = () => {}, state = () => {} }) {
  let source = null, deadline = 0, lostAt = 0, again = 0, out = false;

  function open() {
    source?.close();
    source = new EventSource(path);
    source.addEventListener("snapshot", (event) => {
      const data = JSON.parse(event.data);
      if (data.build !== build) { location.reload(); return; }
      heard(data.now);
      alive();
      draw(data.regions, true);
    });
    source.addEventListener("change", (event) => { alive(); draw(JSON.parse(event.data).regions, false); });
    source.addEventListener("say", (event) => { alive(); spoken(JSON.parse(event.data)); });
    source.addEventListener("beat", (event) => { heard(JSON.parse(event.data).now); alive(); });
    source.addEventListener("bye", () => { out = true; stop(); state("out"); });
    source.onerror = () => { lost(); if (source.readyState === EventSource.CLOSED) retry(1500); };
  }

  function draw(regions, first) {
    for (const [name, change] of Object.entries(regions)) {
      for (const region of document.querySelectorAll(`[data-region="${name}"]`)) {
        const fresh = apply(region, change);
        if (fresh.length) added(fresh, first);
      }
    }
    tick();
    changed();
  }

  function alive() {
    clearTimeout(deadline);
    clearTimeout(lostAt);
    lostAt = 0;
    // Two beats missed and a little more: the line is dead although nobody told us.
    deadline = setTimeout(() => { lost(); retry(0); }, 2.5 * BEAT);
    state("on");
  }

  function lost() {
    if (out) return;
    if (!lostAt) {
      state("off");
      lostAt = setTimeout(() => state("lost"), PATIENCE);
    }
  }

  function retry(delay) {
    clearTimeout(again);
    again = setTimeout(() => { if (!out) open(); }, delay);
  }

  function stop() {
    clearTimeout(deadline);
    clearTimeout(lostAt);
    clearTimeout(again);
    source?.close();
  }

  open();
  lost();
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  return { open, stop };
}

/** Show the state of the connection: the chip, and the alarm that cannot be overlooked. */
export function show(state) {
  const chip = document.getElementById("link-chip"), alarm = document.getElementById("alarm");
  if (chip) {
    chip.dataset.state = state === "on" || state === "off" ? state : "lost";
    chip.querySelector(".chip-text").textContent = say(state === "on" ? "Connected" : "Reconnecting…");
  }
  const message = {
    lost: "Connection lost. This screen is no longer up to date: go by the ward lamps until it is back.",
    out: "You are logged out. This screen shows no new calls: log in again.",
  }[state];
  if (!alarm) return;
  const text = alarm.querySelector(".alarm-text");
  if (message && text.textContent !== say(message)) text.textContent = say(message);
  if (!message) text.textContent = "";
  alarm.hidden = !message;
  document.body.dataset.link = state;
}
