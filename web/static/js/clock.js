/* Time as the server knows it: from its own stamp and this machine's steady clock, so a wrong wall clock does not matter. */
let origin = Number(document.body.dataset.now) - performance.now();

/** Milliseconds since 1970 by the server. */
export const now = () => origin + performance.now();

/** A stamp arrived. It is late by its travel, so the largest origin is the truest; a jump means this machine slept. */
export function heard(stamp) {
  const fresh = stamp - performance.now();
  if (fresh > origin || origin - fresh > 2000) origin = fresh;
}

/** `2:05` or `1:02:05`. */
export function lasted(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Bring every time on the page up to date. Each is computed from its beginning: nothing can drift. */
export function tick() {
  const moment = now();
  for (const wait of document.querySelectorAll("time[data-since]")) {
    const passed = moment - Number(wait.dataset.since);
    const text = lasted(passed);
    if (wait.textContent !== text) wait.textContent = text;
    const patience = Number(wait.dataset.patience || 0);
    wait.toggleAttribute("data-late", patience > 0 && passed >= patience * 1000);
  }
  for (const until of document.querySelectorAll("time[data-until]")) {
    const text = lasted(Number(until.dataset.until) - moment);
    if (until.textContent !== text) until.textContent = text;
  }
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = format(clock.hasAttribute("data-short")).format(moment);
}

const formats = new Map();
function format(short) {
  if (!formats.has(short)) {
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: document.body.dataset.zone };
    formats.set(short, new Intl.DateTimeFormat("en-GB", short ? parts : { ...parts, second: "2-digit" }));
  }
  return formats.get(short);
}

/** Tick at each full second of the server. */
export function run() {
  tick();
  setTimeout(run, 1000 - (now() % 1000) + 5);
}
