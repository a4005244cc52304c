/* A ward's floor: beds as tiles on a grid, moved with the mouse, a finger or the arrow keys. */

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ROWS = 40, SLIP = 5;

/** Beds on `place`, `columns` wide. chose(tile | null) is told of the bed in hand, changed() of every change,
 *  moved(tile, other) of a bed that was put elsewhere, and whom it changed places with, gone() of one that is no more. */
export function floor(place, columns, { chose, changed, moved, gone }) {
  let tiles = [], chosen = null;
  const target = document.createElement("div");
  target.className = "floor-target";

  const at = (column, row) => tiles.find((one) => one.column === column && one.row === row);
  const labelled = (bed) => tiles.find((one) => one.bed === bed);

  function free() {
    for (let row = 1; ; row += 1) for (let column = 1; column <= columns; column += 1) if (!at(column, row)) return [column, row];
  }

  /** A bed. was: its label in the plan, empty for a new one. */
  function add(bed, was, spot) {
    const [column, row] = spot || free(), element = document.createElement("button");
    element.type = "button";
    element.className = "floor-bed";
    const tile = { element, bed, was, column, row };
    label(tile, bed);
    tiles.push(tile);
    place.append(element);
    element.addEventListener("focus", () => choose(tile));
    element.addEventListener("keydown", (event) => keys(event, tile));
    element.addEventListener("pointerdown", (event) => drag(event, tile));
    return tile;
  }

  function label(tile, bed) { tile.bed = tile.element.dataset.bed = tile.element.textContent = bed; }

  /** Draw everything where it stands. */
  function draw() {
    const rows = Math.max(...tiles.map((one) => one.row), 1) + 1;
    place.style.setProperty("--columns", columns);
    place.style.setProperty("--rows", rows);
    for (const { element, column, row } of tiles) element.style.gridArea = `${row} / ${column}`;
  }

  /** Put a bed elsewhere; who stands there takes its place. */
  function move(tile, column, row) {
    if (column < 1 || row < 1 || column > columns || row > ROWS || (column === tile.column && row === tile.row)) return;
    const there = at(column, row);
    if (there) Object.assign(there, { column: tile.column, row: tile.row });
    Object.assign(tile, { column, row });
    draw();
    tile.element.scrollIntoView({ block: "nearest" });
    moved(tile, there);
    changed();
  }

  function keys(event, tile) {
    const step = STEPS[event.key];
    if (step) { event.preventDefault(); move(tile, tile.column + step[0], tile.row + step[1]); }
    if (event.key === "Delete") take(tile);
  }

  /** Which cell a point of the screen is in. */
  function cell({ clientX, clientY }, { element }) {
    const box = place.getBoundingClientRect(), tall = element.offsetHeight + 6;
    const column = Math.floor((clientX - box.left) / (box.width / columns)) + 1;
    return [Math.min(Math.max(column, 1), columns), Math.min(Math.max(Math.floor((clientY - box.top + place.scrollTop) / tall) + 1, 1), ROWS)];
  }

  /** Nothing else moves until the bed is let go: what it is dragged across stays where it stands. */
  function drag(event, tile) {
    if (event.button) return;
    const { element } = tile, { clientX, clientY } = event, end = new AbortController(), { signal } = end;
    element.focus();
    element.setPointerCapture(event.pointerId);
    let to = null;
    const stop = () => {
      end.abort();
      element.classList.remove("floor-held");
      element.style.translate = "";
      target.remove();
    };
    element.addEventListener("pointermove", (moving) => {
      const x = moving.clientX - clientX, y = moving.clientY - clientY;
      if (!to && Math.hypot(x, y) < SLIP) return;
      to = cell(moving, tile);
      element.classList.add("floor-held");
      element.style.translate = `${x}px ${y}px`;
      target.style.gridArea = `${to[1]} / ${to[0]}`;
      place.append(target);
    }, { signal });
    element.addEventListener("pointerup", () => { stop(); if (to) move(tile, ...to); }, { signal });
    element.addEventListener("pointercancel", stop, { signal });
    addEventListener("keydown", (pressed) => { if (pressed.key === "Escape") stop(); }, { signal });
  }

  function choose(tile) {
    chosen = tile;
    for (const one of tiles) one.element.classList.toggle("floor-chosen", one === tile);
    chose(tile);
  }

  function take(tile) {
    const next = tiles[tiles.indexOf(tile) + 1] || tiles[tiles.indexOf(tile) - 1];
    tiles = tiles.filter((one) => one !== tile);
    tile.element.remove();
    choose(null);
    gone();
    next?.element.focus();
    changed();
  }

  return {
    add, draw, label, labelled, take,
    get tiles() { return tiles; },
    get chosen() { return chosen; },
    /** In the order of `beds`, which is the plan's and is kept. */
    sort(beds) { tiles.sort((a, b) => beds.indexOf(a.bed) - beds.indexOf(b.bed)); },
  };
}
