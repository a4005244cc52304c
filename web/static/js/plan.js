/* The ward plan editor: the floor, its call points, and keeping both as a new revision. */
import { announce, post, say } from "./page.js";
import { floor } from "./plan_floor.js";
import { points } from "./plan_points.js";

const page = document.querySelector("[data-plan]"), facts = JSON.parse(page.dataset.plan), home = page.dataset.home;
const label = document.getElementById("label"), remove = document.getElementById("remove");
const save = document.getElementById("save"), fault = document.getElementById("plan-fault");
let moved = Object.keys(facts.layout).length > 0, unkept = false;

function changed() { unkept = true; save.disabled = false; }

const ward = floor(document.getElementById("floor"), facts.columns, {
  chose(tile) {
    label.disabled = remove.disabled = !tile;
    label.value = tile ? tile.bed : "";
    wires.point(tile?.bed);
  },
  changed,
  gone: () => wires.refresh(),
  moved(tile, other) {
    moved = true;
    const place = { bed: tile.bed, column: tile.column, row: tile.row, other: other?.bed };
    const said = other ? "Bed {bed}: column {column}, row {row}; it has changed places with bed {other}." : "Bed {bed}: column {column}, row {row}.";
    announce(say(said).replace(/\{(\w+)\}/g, (_, name) => place[name]));
  },
});
const wires = points({ beds: () => ward.tiles.map((one) => one.bed), changed });

function rename(to) {
  const tile = ward.chosen;
  if (!tile || !to || to === tile.bed) return;
  wires.rename(tile.bed, to);
  ward.label(tile, to);
  changed();
}

const next = () => String(Math.max(0, ...ward.tiles.map((one) => Number(one.bed)).filter(Number.isInteger)) + 1);
function corridor() {
  for (let number = 1; ; number += 1) if (!ward.labelled(`加${number}`)) return `加${number}`;
}
function fresh(bed) {
  const tile = ward.add(bed, "");
  ward.draw();
  tile.element.focus();
  wires.refresh();
  changed();
}
document.getElementById("add-bed").addEventListener("click", () => fresh(next()));
document.getElementById("add-corridor").addEventListener("click", () => fresh(corridor()));
label.addEventListener("change", () => rename(label.value.trim()));
label.addEventListener("keydown", (event) => { if (event.key === "Enter") rename(label.value.trim()); });
remove.addEventListener("click", () => { if (ward.chosen) ward.take(ward.chosen); });
wires.asked(() => ward.chosen?.bed);

function all() {
  return {
    base: facts.base,
    beds: ward.tiles.map((one) => one.bed),
    layout: moved ? Object.fromEntries(ward.tiles.map((one) => [one.bed, [one.column, one.row]])) : {},
    renamed: Object.fromEntries(ward.tiles.filter((one) => one.was && one.was !== one.bed).map((one) => [one.was, one.bed])),
    wired: wires.sent("wired"),
    named: wires.sent("named"),
  };
}

function refuse(text) {
  fault.querySelector("span").textContent = text;
  fault.hidden = !text;
  if (text) fault.scrollIntoView({ block: "nearest" });
}

save.addEventListener("click", async () => {
  if (!wires.fit()) return;
  save.disabled = true;
  try {
    const answer = await post(home, all());
    if (answer.ok) { unkept = false; location.href = home; return; }
    refuse(await answer.text());
  } catch { refuse(say("That did not work: no answer from the appliance. Try again.")); }
  save.disabled = false;
});
addEventListener("beforeunload", (event) => { if (unkept) event.preventDefault(); });

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
  const tile = ward.tiles.find((one) => one.was === bed || one.bed === bed), lit = wires.heard(line, bed, means);
  const naming = wires.naming(line);
  if (tile) lit.push(tile.element);
  // What no door is called, the host calls otherwise: it stands ready to be given a bed.
  else if (naming && !lit.length) lit.push(wires.fresh(naming, { says: bed, bed: ward.chosen?.bed }));
  for (const one of lit) {
    one.classList.add("heard");
    setTimeout(() => one.classList.remove("heard"), 4000);
  }
}

for (const bed of facts.beds) if (facts.layout[bed]) ward.add(bed, bed, facts.layout[bed]);
for (const bed of facts.beds) if (!facts.layout[bed]) ward.add(bed, bed);
ward.sort(facts.beds);
ward.draw();
for (const one of [...facts.wired, ...facts.named]) wires.add(one);
