/* A form of the menu editor as the document has it: what says nothing is left out. */

const numbers = (text) => (text === "" ? undefined : Number(text));

function field(input) {
  const { type, usual } = input.dataset;
  if (type === "int") return numbers(input.value.trim());
  if (type === "bool") return input.checked === (usual === "true") ? undefined : input.checked;
  if (type === "tri") return input.value === "" ? undefined : input.value === "true";
  return input.value.trim() || undefined;
}

function said(place) {
  const text = {};
  for (const one of place.querySelectorAll("[data-say]")) if (one.value.trim()) text[one.dataset.say] = one.value.trim();
  return text;
}

function prompt(place) {
  const pieces = [];
  for (const piece of place.querySelectorAll("[data-piece]")) {
    const say = said(piece), sound = {};
    for (const one of piece.querySelectorAll("[data-sound]")) if (one.value) sound[one.dataset.sound] = one.value;
    const spoken = Object.keys(say).length > 0, recorded = Object.keys(sound).length > 0;
    if (spoken || recorded) pieces.push({ ...(spoken && { say }), ...(recorded && { sound }) });
  }
  if (!pieces.length) return undefined;
  return pieces.length === 1 && !pieces[0].sound ? pieces[0].say : pieces;
}

function rows(place) {
  const table = {};
  for (const row of place.querySelectorAll("[data-row]")) {
    const key = row.querySelector("[data-k]").value.trim(), value = row.querySelector("[data-v]").value.trim();
    if (key && value) table[key] = value;
  }
  return table;
}

/** What `form` says, on top of `begun`. */
export function read(form, begun) {
  const node = { ...begun };
  const put = (key, value) => { if (value !== undefined) node[key] = value; };
  for (const input of form.querySelectorAll("[data-field]")) put(input.dataset.field, field(input));
  for (const place of form.querySelectorAll("[data-prompt]")) put(place.dataset.prompt, prompt(place));
  for (const place of form.querySelectorAll("[data-text]")) put(place.dataset.text, { zh: "", en: "", ...said(place) });
  for (const place of form.querySelectorAll("[data-map]")) {
    const table = rows(place), { map } = place.dataset;
    if (Object.keys(table).length || map === "keys" || map === "cases") node[map] = table;
    // That menus have no keys of their own must be said, too.
    else if (map === "always") node.always = table;
  }
  const lists = {};
  for (const tick of form.querySelectorAll("[data-list]")) {
    const list = (lists[tick.dataset.list] ||= { ticked: [], all: 0 });
    list.all += 1;
    if (tick.checked) list.ticked.push(tick.value);
  }
  for (const [key, { ticked, all }] of Object.entries(lists)) if (ticked.length && !(key === "languages" && ticked.length === all)) node[key] = ticked;
  if (node.always && JSON.stringify(node.always) === JSON.stringify({ 0: "@operator", "*": "@back" })) delete node.always;
  return node;
}
