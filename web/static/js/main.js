/* Every page: running times, the live line, the theme, menus that close. */
import { run } from "./clock.js";
import { connect, show } from "./live.js";
import { announce, post } from "./page.js";

const { live } = document.body.dataset;
run();

if (document.body.classList.contains("roster-page")) import("./roster.js");
if (document.querySelector("[data-cashier]")) import("./cashier.js");
if (document.querySelector("[data-operator]")) import("./operator.js");
if (document.querySelector("[data-acts]")) import("./acts.js");
if (document.querySelector("[data-update]")) import("./update.js");
if (document.querySelector("[data-player]")) import("./player.js");
if (document.body.classList.contains("station")) import("./station.js");
else if (live) {
  const line = connect(live, {
    state: show,
    added(pieces, first) {
      for (const piece of pieces) if (!first && piece.dataset.say) announce(piece.dataset.say, piece.dataset.level === "emergency");
    },
  });
  // Browsers allow few connections a site; a desk page that nobody looks at needs none.
  if (!document.body.classList.contains("wall")) {
    document.addEventListener("visibilitychange", () => (document.hidden ? line.stop() : line.open()));
  }
}

document.querySelector("[data-theme-button]")?.addEventListener("click", (event) => {
  event.preventDefault();
  const button = event.currentTarget, root = document.documentElement;
  const order = ["auto", "night", "day"], labels = JSON.parse(button.dataset.labels);
  const theme = order[(order.indexOf(root.dataset.theme) + 1) % order.length];
  root.dataset.theme = theme;
  button.value = order[(order.indexOf(theme) + 1) % order.length];
  button.title = labels[theme];
  button.setAttribute("aria-label", labels[theme]);
  post("/preferences", new URLSearchParams({ theme })).catch(() => {});
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
});

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; })));
}

for (const button of document.querySelectorAll("[data-print-page]")) button.addEventListener("click", () => window.print());
