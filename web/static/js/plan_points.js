/* Call points: which input of a module, or which name that a host says, stands for which bed. */

const NUMBERS = ["unit", "input"];

/** The call points of every line on the page. beds() are the labels there are; changed() is told of every change. */
export function points({ beds, changed }) {
  const tables = [...document.querySelectorAll("[data-points]")];
  const rows = () => tables.flatMap((table) => [...table.tBodies[0].rows]);
  const field = (row, name) => row.querySelector(`[name=${name}]`);
  const line = (row) => row.closest("table").dataset.points;

  function fill(select, bed) {
    const known = beds(), lost = Boolean(bed) && !known.includes(bed);
    select.replaceChildren(...(lost ? [bed, ...known] : known).map((one) => new Option(one, one, false, one === bed)));
    select.setAttribute("aria-invalid", lost);
  }

  function add(table, facts) {
    const row = document.getElementById(table.dataset.row).content.firstElementChild.cloneNode(true);
    fill(field(row, "bed"), facts.bed);
    for (const [name, value] of Object.entries(facts)) if (name !== "line" && value !== undefined) field(row, name).value = value;
    row.addEventListener("input", () => { field(row, "bed").removeAttribute("aria-invalid"); changed(); });
    field(row, "remove").addEventListener("click", () => {
      const next = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      (next ? field(next, "remove") : adder(table)).focus();
      changed();
    });
    table.tBodies[0].append(row);
    return row;
  }

  const adder = (table) => table.parentElement.querySelector("[data-add-point]");
  const of = (id) => tables.find((table) => table.dataset.points === id);

  /** One of a kind, as it is sent. */
  function sent(kind) {
    return rows().filter((row) => row.closest("table").dataset.row === kind).map((row) => {
      const facts = { line: line(row) };
      for (const { name, value } of row.querySelectorAll("input, select")) facts[name] = NUMBERS.includes(name) ? Number(value) : value.trim();
      return facts;
    });
  }

  /** A new row, and the cursor in its first empty field. */
  function fresh(table, facts) {
    const row = add(table, facts), fields = [...row.querySelectorAll("input, select")];
    (fields.find((one) => !one.value) || fields[0]).focus();
    row.scrollIntoView({ block: "nearest" });
    changed();
    return row;
  }

  return {
    add: (facts) => { const table = of(facts.line); if (table) add(table, facts); },
    fresh, sent,
    /** Where to click for another one: told the table. */
    asked(chosen) { for (const table of tables) adder(table).addEventListener("click", () => fresh(table, { bed: chosen() })); },
    /** The beds of the floor in every list of beds; a bed that is gone is marked. */
    refresh() { for (const row of rows()) fill(field(row, "bed"), field(row, "bed").value); },
    rename(from, to) {
      for (const row of rows()) for (const option of field(row, "bed").options) if (option.value === from) option.value = option.textContent = to;
    },
    /** Show which are at `bed`. */
    point(bed) { for (const row of rows()) row.classList.toggle("plan-chosen", field(row, "bed").value === bed); },
    /** The first row that the browser finds wrong, told to the user; true where there is none. */
    fit: () => rows().every((row) => [...row.querySelectorAll("input")].every((input) => input.reportValidity())),
    /** Rows of `id` that told this of `bed`, which may be what a host says that the plan in force does not know. */
    heard: (id, bed, means) => rows().filter((row) => line(row) === id && (field(row, "says") ? [field(row, "bed").value, field(row, "says").value].includes(bed) : field(row, "bed").value === bed && field(row, "means").value === means)),
    /** The table of a line whose host names its call points. */
    naming: (id) => { const table = of(id); return table?.dataset.row === "named" ? table : null; },
  };
}
