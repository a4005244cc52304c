/* A ward's floor: beds as tiles on a grid, moved by hand or by the arrow keys; and the wires that mean them. */
import { post, say } from "./page.js";

const page = document.querySelector("[data-plan]"), facts = JSON.parse(page.dataset.plan), home = page.dataset.home;
const floor = document.getElementById("floor"), label = document.getElementById("label"), remove = document.getElementById("remove");
const save = document.getElementById("save"), fault = document.getElementById("plan-fault"), points = document.getElementById("points");
let moved = Object.keys(facts.layout).length > 0, chosen = null, tiles = [];

const at = (column, row) => tiles.find((one) => one.column === column && one.row === row);
const rows = () => Math.max(...tiles.map((one) => one.row), 1) + 1;

function free() {
  for (let row = 1; ; row += 1) for (let column = 1; column <= facts.columns; column += 1) if (!at(column, row)) return [column, row];
}

/** A bed on the floor. was: its label in the plan, empty for a new one. */
function add(bed, was, [column, row] = free()) {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "floor-bed";
  element.dataset.bed = bed;
  element.textContent = bed;
  const tile = { element, bed, was, column, row };
  tiles.push(tile);
  floor.append(element);
  element.addEventListener("focus", () => choose(tile));
  element.addEventListener("keydown", (event) => keys(event, tile));
  element.addEventListener("pointerdown", (event) => drag(event, tile));
  return tile;
}

function place() {
  floor.style.gridTemplateColumns = `repeat(${facts.columns}, minmax(0, 1fr))`;
  floor.style.gridTemplateRows = `repeat(${rows()}, 56px)`;
  for (const { element, column, row } of tiles) {
    element.style.gridColumn = column;
    element.style.gridRow = row;
  }
}

function move(tile, column, row) {
  if (column < 1 || row < 1 || column > facts.columns || row > 40 || (column === tile.column && row === tile.row)) return;
  const there = at(column, row);
  if (there) Object.assign(there, { column: tile.column, row: tile.row });
  Object.assign(tile, { column, row });
  moved = true;
  place();
  changed();
}

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function keys(event, tile) {
  const step = STEPS[event.key];
  if (step) { event.preventDefault(); move(tile, tile.column + step[0], tile.row + step[1]); }
  if (event.key === "Delete") take(tile);
}

function drag(event, tile) {
  const { element } = tile;
  element.focus();
  element.setPointerCapture(event.pointerId);
  element.classList.add("floor-held");
  const follow = (moving) => {
    const box = floor.getBoundingClientRect(), first = floor.firstElementChild.getBoundingClientRect();
    const column = Math.floor((moving.clientX - box.left) / (box.width / facts.columns)) + 1;
    move(tile, column, Math.floor((moving.clientY - box.top) / (first.height + 6)) + 1);
  };
  const end = () => {
    element.classList.remove("floor-held");
    element.removeEventListener("pointermove", follow);
  };
  element.addEventListener("pointermove", follow);
  element.addEventListener("pointerup", end, { once: true });
  element.addEventListener("pointercancel", end, { once: true });
}

function choose(tile) {
  chosen = tile;
  for (const one of tiles) one.element.classList.toggle("floor-chosen", one === tile);
  label.disabled = remove.disabled = !tile;
  label.value = tile ? tile.bed : "";
}

function take(tile) {
  tiles = tiles.filter((one) => one !== tile);
  tile.element.remove();
  choose(null);
  changed();
  beds();
}

function rename(to) {
  if (!chosen || !to) return;
  for (const select of points?.querySelectorAll("select[name=bed]") || []) {
    for (const option of select.options) if (option.value === chosen.bed) { option.value = to; option.textContent = to; }
  }
  chosen.bed = chosen.element.dataset.bed = chosen.element.textContent = to;
  changed();
}

function changed() { save.disabled = false; }

/** The beds of the floor in every list of beds. */
function beds() {
  for (const select of points?.querySelectorAll("select[name=bed]") || []) fill(select, select.value);
}
function fill(select, bed) {
  const known = tiles.map((one) => one.bed);
  if (bed && !known.includes(bed)) known.push(bed);
  select.replaceChildren(...known.map((one) => new Option(one, one, false, one === bed)));
}

function point({ line, unit, input, bed, means } = {}) {
  const row = document.getElementById("point").content.firstElementChild.cloneNode(true);
  fill(row.querySelector("[name=bed]"), bed);
  for (const [name, value] of Object.entries({ line, unit, input, means })) if (value !== undefined) row.querySelector(`[name=${name}]`).value = value;
  row.addEventListener("input", changed);
  row.querySelector("[name=remove]").addEventListener("click", () => { row.remove(); changed(); });
  points.append(row);
  return row;
}

const next = () => String(Math.max(0, ...tiles.map((one) => Number(one.bed)).filter(Number.isInteger)) + 1);
function corridor() {
  for (let number = 1; ; number += 1) if (!tiles.some((one) => one.bed === `加${number}`)) return `加${number}`;
}
function fresh(bed) {
  const tile = add(bed, "");
  place();
  tile.element.focus();
  changed();
  beds();
}
document.getElementById("add-bed").addEventListener("click", () => fresh(next()));
document.getElementById("add-corridor").addEventListener("click", () => fresh(corridor()));
document.getElementById("add-point")?.addEventListener("click", () => { point({ bed: chosen?.bed }); changed(); });
label.addEventListener("change", () => rename(label.value.trim()));
remove.addEventListener("click", () => chosen && take(chosen));

function all() {
  const value = (row, name) => row.querySelector(`[name=${name}]`).value;
  return {
    base: facts.base,
    beds: tiles.map((one) => one.bed),
    layout: moved ? Object.fromEntries(tiles.map((one) => [one.bed, [one.column, one.row]])) : {},
    renamed: Object.fromEntries(tiles.filter((one) => one.was && one.was !== one.bed).map((one) => [one.was, one.bed])),
    wired: [...(points?.rows || [])].map((row) => ({
      line: value(row, "line"), unit: Number(value(row, "unit")), input: Number(value(row, "input")), bed: value(row, "bed"), means: value(row, "means"),
    })),
  };
}

function refuse(text) {
  fault.querySelector("span").textContent = text;
  fault.hidden = !text;
}

save.addEventListener("click", async () => {
  save.disabled = true;
  try {
    const answer = await post(home, all());
    if (answer.ok) { location.href = home; return; }
    refuse(await answer.text());
  } catch { refuse(say("That did not work: no answer from the appliance. Try again.")); }
  save.disabled = false;
});

/* The test: what arrives from now on is marked on the floor. */
const test = document.getElementById("test"), told = document.getElementById("heard");
let known = null, timer = 0;
test.addEventListener("click", () => {
  const on = test.getAttribute("aria-pressed") !== "true";
  test.setAttribute("aria-pressed", on);
  known = null;
  clearTimeout(timer);
  if (on) listen();
});
async function listen() {
  try {
    const answer = await fetch(`${home}/heard`, { credentials: "same-origin" });
    const { heard } = await answer.json(), before = known;
    known = new Set(heard.map((one) => `${one.line} ${one.number}`));
    if (before) for (const one of heard) if (!before.has(`${one.line} ${one.number}`)) mark(one);
  } catch { /* asked again in a second */ }
  if (test.getAttribute("aria-pressed") === "true") timer = setTimeout(listen, 1000);
}
function mark({ line, bed, means, said }) {
  told.textContent = `${line}: ${said}`;
  const tile = tiles.find((one) => one.was === bed || one.bed === bed);
  const lit = tile ? [tile.element] : [];
  for (const row of points?.rows || []) {
    const value = (name) => row.querySelector(`[name=${name}]`).value;
    if (value("line") === line && value("bed") === bed && value("means") === means) lit.push(row);
  }
  for (const one of lit) {
    one.classList.add("heard");
    setTimeout(() => one.classList.remove("heard"), 4000);
  }
}

for (const bed of facts.beds) if (facts.layout[bed]) add(bed, bed, facts.layout[bed]);
for (const bed of facts.beds) if (!facts.layout[bed]) add(bed, bed);
// In the plan's own order, which is kept.
tiles.sort((a, b) => facts.beds.indexOf(a.bed) - facts.beds.indexOf(b.bed));
place();
if (points) facts.wired.forEach(point);
