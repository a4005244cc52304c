/* The clock of the box beside this browser's, and how far they are apart. */
const clocks = document.getElementById("clocks");
const zone = clocks.dataset.zone;
// Halfway through the page's journey the box looked at its clock.
const navigation = performance.getEntriesByType("navigation")[0];
const seen = performance.timeOrigin + navigation.responseStart;
const apart = Number(clocks.dataset.box) - seen;
const written = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });

function tick() {
  const here = Date.now();
  document.getElementById("clock-box").textContent = written.format(here + apart);
  document.getElementById("clock-browser").textContent = written.format(here);
  document.getElementById("clock-difference").textContent = `${(apart / 1000).toFixed(1)} s`;
}

document.getElementById(Math.abs(apart) <= 2000 ? "clock-good" : "clock-bad").hidden = false;
tick();
setInterval(tick, 1000);
