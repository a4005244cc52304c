/* A list of the plan whose order means something: rows are dragged, or moved by buttons and Alt with an arrow. */
import { announce, post } from "./page.js";

const table = document.querySelector("[data-order]");

function renumber() {
  const rows = [...table.tBodies[0].rows];
  rows.forEach((row, place) => { row.querySelector("[data-place]").textContent = place + 1; });
  document.querySelector(".section-order").hidden = rows.every((row, place) => Number(row.dataset.index) === place);
}

function move(row, step) {
  const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!other) return;
  other[step < 0 ? "before" : "after"](row);
  renumber();
  const name = row.querySelector("a").textContent;
  announce(table.dataset.moved.replace("{name}", name).replace("{place}", row.querySelector("[data-place]").textContent));
}

if (table) {
  let held = null;
  table.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) { move(button.closest("tr"), Number(button.dataset.move)); button.focus(); }
  });
  table.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const focused = document.activeElement;
    move(event.target.closest("tr"), event.key === "ArrowUp" ? -1 : 1);
    focused.focus();
  });
  table.addEventListener("dragstart", (event) => { held = event.target.closest("tr"); held?.classList.add("held"); event.dataTransfer.effectAllowed = "move"; });
  table.addEventListener("dragover", (event) => {
    const over = event.target.closest("tbody tr");
    if (!held || !over || over === held) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](held);
  });
  table.addEventListener("drop", (event) => event.preventDefault());
  table.addEventListener("dragend", () => { held?.classList.remove("held"); held = null; renumber(); });
  document.getElementById("keep-order")?.addEventListener("click", async () => {
    const fault = document.getElementById("section-fault");
    const answer = await post(table.dataset.order, { base: Number(table.dataset.base), order: [...table.tBodies[0].rows].map((row) => Number(row.dataset.index)) });
    if (answer.ok) { location.assign((await answer.json()).to); return; }
    fault.querySelector("span").textContent = await answer.text();
    fault.hidden = false;
  });
}
