/* A form of the plan as the appliance reads it: by key texts, truths, lists, and tables of them. */

/** The fields of `place` itself, none of the rows within. */
export const own = (place) => [...place.querySelectorAll("[data-field]")].filter((one) => one.parentElement.closest("[data-row], form, template") === place.closest("[data-row], form"));

const input = (place) => place.querySelector("input, select, textarea");

function days(place) {
  const table = {};
  for (const day of place.querySelectorAll("[data-day]")) {
    const said = day.querySelector("select").value;
    if (said === "closed") table[day.dataset.day] = [];
    if (said === "open") table[day.dataset.day] = [...day.querySelectorAll("[data-span] input")].map((one) => one.value.trim()).filter(Boolean);
  }
  return table;
}

const pairs = (place) => [...place.querySelectorAll("[data-ref]")].map((row) => [...row.querySelectorAll("input"), row.dataset.was || ""]);

function value(place) {
  switch (place.dataset.kind) {
    case "text": return Object.fromEntries([...place.querySelectorAll("[data-tongue]")].map((one) => [one.dataset.tongue, one.value]));
    case "flag": return input(place).checked;
    case "ticks": return [...place.querySelectorAll("input:checked")].map((one) => one.value);
    case "refs": return [...place.querySelectorAll("[data-ref] select")].map((one) => one.value).filter(Boolean);
    case "lists": return [...place.querySelectorAll("[data-ref] input")].map((one) => one.value).filter(Boolean);
    case "counts":
    case "pairs": return pairs(place).map(([name, text]) => [name.value, text.value]);
    case "secrets": return pairs(place).map(([name, text, was]) => [name.value, text.value, was]);
    case "secret": return place.querySelector("[data-forget]")?.checked ? null : input(place).value;
    case "rows": return [...place.querySelector("[data-rows]").children].map((row) => ({ ...(row.dataset.was !== undefined && { "@was": Number(row.dataset.was) }), ...read(row) }));
    case "table": return days(place);
    default: return input(place).value;
  }
}

/** What `place`, a form or a row, says. What is hidden is not asked for. */
export function read(place) {
  const doc = {};
  for (const one of own(place)) if (!one.hidden) doc[one.dataset.field] = value(one);
  return doc;
}

/** Show the fields that what is chosen makes sense of. */
export function reveal(place) {
  const fields = own(place), said = Object.fromEntries(fields.map((one) => [one.dataset.field, one]));
  for (const one of fields) {
    const when = JSON.parse(one.dataset.when || "{}");
    one.hidden = !Object.entries(when).every(([key, wanted]) => said[key] && !said[key].hidden && (wanted.includes("*") ? value(said[key]) !== "" : wanted.includes(String(value(said[key])))));
  }
  for (const row of place.querySelectorAll("[data-row]")) if (row.parentElement.closest("[data-row], form") === place) reveal(row);
}

/** The field that a path of the plan leads to, such as `times[0].schedule`; null where there is none. */
export function find(place, path) {
  const steps = path.replace(/\[(\d+)\]/g, ".$1").split(".").filter(Boolean);
  const fields = Object.fromEntries(own(place).map((one) => [one.dataset.field, one]));
  for (let length = steps.length; length > 0; length -= 1) {
    const field = fields[steps.slice(0, length).join(".")];
    if (!field) continue;
    const row = field.dataset.kind === "rows" && field.querySelector("[data-rows]").children[Number(steps[length])];
    return (row && find(row, steps.slice(length + 1).join("."))) || field;
  }
  return null;
}
