/* Which rule a call from outside would meet: by the rules as they stand, or with the one that the form shows. */
import { post, say } from "./page.js";
import { read } from "./section_form.js";

const box = document.querySelector("[data-try]"), words = JSON.parse(box.dataset.try), answer = box.querySelector(".try-answer");
const form = document.querySelector("[data-section]");

function list(kind, lines) {
  const made = document.createElement(kind);
  for (const line of lines) made.append(Object.assign(document.createElement("li"), { textContent: line }));
  return made;
}

async function ask() {
  const call = Object.fromEntries([...box.querySelectorAll("[data-try-field]")].map((one) => [one.dataset.tryField, one.value]));
  const rule = form && { doc: read(form), index: JSON.parse(form.dataset.section).post.split("/").pop() };
  try {
    const told = await post("/exchange/inbound/try", { ...call, ...rule });
    if (!told.ok) { answer.replaceChildren(Object.assign(document.createElement("p"), { className: "complaint", textContent: await told.text() })); return; }
    const { rule: name, steps, why } = await told.json();
    const head = Object.assign(document.createElement("p"), { className: "strong", textContent: name ? words.fits.replace("{rule}", name) : words.none });
    answer.replaceChildren(head, list("ol", steps), list("ul", why));
  } catch {
    answer.textContent = say("That did not work: no answer from the appliance. Try again.");
  }
}

box.addEventListener("click", (event) => { if (event.target.closest("[data-try-now]")) ask(); });
box.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); ask(); } });
// What is asked here changes no rule.
for (const kind of ["input", "change"]) box.addEventListener(kind, (event) => event.stopPropagation());
