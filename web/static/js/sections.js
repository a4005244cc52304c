/* A form of a section of the plan: checked by the appliance while it is filled in, kept when somebody says so. */
import { post } from "./page.js";
import { find, read, reveal } from "./section_form.js";

const form = document.querySelector("[data-section]"), facts = JSON.parse(form.dataset.section), words = JSON.parse(form.dataset.words);
const element = (id) => document.getElementById(id);
const fields = element("section-fields"), fault = element("section-fault"), fit = element("section-fit"), shown = element("section-diff");
let asked = 0, later = 0, touched = facts.fresh, leaving = false;

function refuse(text) {
  fault.querySelector("span").textContent = text || "";
  fault.hidden = !text;
}

function complain(faults) {
  for (const one of form.querySelectorAll(".complaint")) { one.textContent = ""; one.hidden = true; }
  for (const one of form.querySelectorAll("[aria-invalid]")) { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); }
  const rest = [];
  for (const { at, text } of faults) {
    const field = at && find(form, at);
    if (!field) { rest.push(text); continue; }
    const place = [...field.children].find((one) => one.classList.contains("complaint")) || field.querySelector(".complaint");
    place.textContent = place.textContent ? `${place.textContent} ${text}` : text;
    place.hidden = false;
    place.id ||= `complaint-${Math.random().toString(36).slice(2)}`;
    const folded = field.closest("details");
    if (folded) folded.open = true;
    const input = field.querySelector("input, select, textarea");
    if (input) { input.setAttribute("aria-invalid", "true"); input.setAttribute("aria-describedby", place.id); }
  }
  refuse(rest.join("\n"));
}

function differ(lines) {
  shown.replaceChildren();
  if (!lines.length) shown.textContent = words.nothing;
  for (const line of lines) {
    const span = document.createElement("span");
    span.className = { "+": "diff-new", "-": "diff-old", "@": "diff-at" }[line[0]] || "";
    span.textContent = line.startsWith("@@") ? "…\n" : `${line}\n`;
    shown.append(span);
  }
}

function tell(faults) {
  fit.className = `section-fit ${faults.length ? "unfit" : "fit"}`;
  fit.textContent = faults.length ? words.count.replace("{count}", faults.length) : words.fits;
  for (const id of ["keep", "live"]) element(id).disabled = !touched;
}

async function ask(what, body) {
  const answer = await post(`${facts.post}/${what}`, { base: facts.base, doc: read(form), ...body });
  if (!answer.ok) throw new Error(await answer.text());
  return answer;
}

const say = (why) => refuse(why instanceof TypeError ? words["no answer"] : why.message);

async function check() {
  const mine = ++asked;
  try {
    const answer = await (await ask("check")).json();
    if (mine !== asked) return;
    // Whoever begins a new one has not forgotten anything yet.
    complain(touched && !untouched() ? answer.faults : []);
    differ(answer.diff);
    if (element("section-said")) element("section-said").textContent = answer.said || "";
    tell(touched && !untouched() ? answer.faults : []);
    if (untouched()) fit.textContent = "";
  } catch (why) { say(why); }
}

let typed = false;
const untouched = () => facts.fresh && !typed;

function changed() {
  touched = typed = true;
  reveal(form);
  tell([]);
  fit.textContent = "";
  clearTimeout(later);
  later = setTimeout(check, 400);
}

async function keep(live) {
  typed = true;
  clearTimeout(later);
  asked += 1;
  for (const id of ["keep", "live"]) element(id).disabled = true;
  try {
    const answer = await (await ask("save", { live })).json();
    if (answer.faults) {
      complain(answer.faults);
      tell(answer.faults);
      (form.querySelector("[aria-invalid]") || fault).scrollIntoView({ block: "center" });
      form.querySelector("[aria-invalid]")?.focus();
      return;
    }
    leaving = true;
    location.assign(answer.to);
  } catch (why) { say(why); tell([]); fit.textContent = ""; }
}

async function attempt() {
  const place = element("try-answer");
  try {
    place.innerHTML = await (await ask("try", { extension: element("try-extension").value, number: element("try-number").value })).text();
  } catch (why) { place.textContent = why instanceof TypeError ? words["no answer"] : why.message; }
}

async function replay(button) {
  const place = element("replay-answer");
  button.disabled = true;
  place.textContent = button.dataset.busy;
  place.setAttribute("aria-busy", "true");
  try {
    place.innerHTML = await (await ask("replay")).text();
  } catch (why) { place.textContent = why instanceof TypeError ? words["no answer"] : why.message; }
  place.removeAttribute("aria-busy");
  button.disabled = false;
}

async function redraw() {
  try {
    fields.innerHTML = await (await ask("draw")).text();
    changed();
    fields.querySelector("[data-kind-select]")?.focus();
  } catch (why) { say(why); }
}

const blank = (template) => template.content.firstElementChild.cloneNode(true);

function more(button) {
  const place = button.parentElement, list = place.querySelector(":scope > ol"), template = place.querySelector(":scope > template");
  const made = blank(template);
  if (list) list.append(made); else button.before(made);
  made.querySelector("input, select")?.focus();
  if (place.closest("[data-day]") && place.classList.contains("hours-spans")) place.closest("[data-day]").querySelector("select").value = "open";
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "keep" || button.id === "live") { keep(button.id === "live"); return; }
  if (button.id === "try") { attempt(); return; }
  if (button.id === "replay") { replay(button); return; }
  const row = button.closest("[data-row], [data-ref], [data-span]");
  if (button.dataset.more !== undefined) more(button);
  else if (button.dataset.drop !== undefined) row.remove();
  else if (button.dataset.step) {
    const other = button.dataset.step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (other) other[button.dataset.step < 0 ? "before" : "after"](row);
    button.focus();
  } else return;
  changed();
});

form.addEventListener("input", (event) => { if (!event.target.matches("[data-kind-select]") && !event.target.id.startsWith("try-")) changed(); });
form.addEventListener("change", (event) => {
  const kinds = event.target;
  if (kinds.matches("[data-kind-select]")) redraw();
  if (kinds.matches("[data-row-kind]")) {
    const row = kinds.closest("[data-row]"), template = [...row.parentElement.parentElement.querySelectorAll(":scope > template")].find((one) => one.dataset.blank === kinds.value);
    const made = blank(template);
    row.replaceWith(made);
    made.querySelector("[data-row-kind]").focus();
    changed();
  }
});
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault();
  if (event.target.id.startsWith("try-")) attempt();
});
addEventListener("beforeunload", (event) => { if (typed && !leaving) event.preventDefault(); });

reveal(form);
check();
