/* A roster by mouse or keyboard: each cell opens a menu of shifts; digits put on and take off. */
import { post, say, toast } from "./page.js";

const sheet = document.getElementById("sheet"), menu = document.getElementById("shift-menu");
const rows = () => [...sheet.querySelectorAll("tbody tr")];
const cellsOf = (row) => [...row.querySelectorAll(".cell")];
const shifts = () => [...menu.querySelectorAll("[data-shift]")].map((button) => button.dataset.shift);
const worked = (cell) => cell.dataset.on.split(" ").filter(Boolean);
let at = null;

async function put(cell, shift, on) {
  const staff = cell.closest("tr").dataset.staff, { day } = cell.dataset;
  try {
    const answer = await post(sheet.dataset.cells, new URLSearchParams({ staff, day, shift, on: on ? "1" : "0" }));
    if (!answer.ok) toast(await answer.text() || say("That did not work: no answer from the appliance. Try again."));
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  }
}

const toggle = (cell, shift) => put(cell, shift, !worked(cell).includes(shift));

/** The one cell that Tab comes to. */
function mark(cell) {
  for (const other of sheet.querySelectorAll('.cell[tabindex="0"]')) other.tabIndex = -1;
  cell.tabIndex = 0;
}

function move(cell, down, right) {
  const all = rows(), row = cell.closest("tr"), column = cellsOf(row).indexOf(cell);
  const there = all[Math.min(all.length - 1, Math.max(0, all.indexOf(row) + down))], cells = cellsOf(there);
  const next = cells[Math.min(cells.length - 1, Math.max(0, column + right))];
  mark(next);
  next.focus();
}

function show() {
  for (const button of menu.querySelectorAll("[data-shift]")) {
    button.setAttribute("aria-pressed", String(worked(at).includes(button.dataset.shift)));
  }
}

function open(cell) {
  at = cell;
  show();
  if (!menu.open) menu.show();
  const place = cell.getBoundingClientRect(), own = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(place.left, innerWidth - own.width - 8))}px`;
  menu.style.top = `${place.bottom + own.height + 8 > innerHeight ? Math.max(8, place.top - own.height - 4) : place.bottom + 4}px`;
  menu.querySelector("[data-shift]")?.focus();
}

function close(back) {
  if (!menu.open) return;
  menu.close();
  if (back && at) at.focus();
}

if (sheet && menu && sheet.hasAttribute("data-edit")) {
  // A row that was drawn anew has forgotten which cell it was.
  const remember = () => {
    const cell = document.activeElement.closest("#sheet .cell") || sheet.querySelector(".cell");
    if (cell && !sheet.querySelector('.cell[tabindex="0"]')) mark(cell);
  };
  remember();
  new MutationObserver(remember).observe(sheet, { subtree: true, childList: true, attributeFilter: ["tabindex"] });
  sheet.addEventListener("click", (event) => {
    const cell = event.target.closest(".cell");
    if (cell) { mark(cell); open(cell); }
  });
  sheet.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".cell");
    if (!cell || event.ctrlKey || event.altKey || event.metaKey) return;
    const digit = Number(event.key), step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (step) move(cell, ...step);
    else if (digit >= 1 && digit <= shifts().length) toggle(cell, shifts()[digit - 1]);
    else if (event.key === "Delete" || event.key === "Backspace") for (const shift of worked(cell)) put(cell, shift, false);
    else return;
    event.preventDefault();
  });
  menu.addEventListener("click", (event) => {
    const button = event.target.closest("[data-shift]");
    if (button) { toggle(at, button.dataset.shift); close(true); }
  });
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") close(true); });
  document.addEventListener("pointerdown", (event) => {
    if (!menu.contains(event.target) && !event.target.closest(".cell")) close(false);
  });
  addEventListener("scroll", () => close(false), { passive: true });
}
