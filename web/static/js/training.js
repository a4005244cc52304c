/* The training page: taps become what the simulated ward does; what comes of it is asked for again and again. */
import { post, say, toast } from "./page.js";
import { apply } from "./regions.js";

const AGAIN = 1500, FAST = 400;
const root = document.querySelector("[data-train]"), home = root.dataset.train;
const course = document.getElementById("course"), steps = [...course.querySelectorAll(".course-step")];
const remembered = `course-${course.dataset.course}`;
let step = Math.min(Number(sessionStorage.getItem(remembered) || 0), steps.length - 1), timer = 0, resting = false;

async function ask(request) {
  try {
    const answer = await post(`${home}/do`, request);
    if (!answer.ok) toast(await answer.text());
  } catch { toast(say("That did not work: no answer from the appliance. Try again.")); }
  look(FAST);
}

/** Ask how things are, `delay` milliseconds from now, then at the usual pace. */
function look(delay) {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    try {
      const answer = await fetch(`${home}/state?step=${step}`, { credentials: "same-origin" });
      if (answer.ok) show(await answer.json());
    } catch { /* the line in the header says it */ }
    if (!document.hidden) look(AGAIN);
  }, delay);
}

function show({ regions, happened }) {
  for (const [name, change] of Object.entries(regions)) {
    for (const region of document.querySelectorAll(`[data-region="${name}"]`)) apply(region, change);
  }
  fit();
  if (happened && !resting) tick();
}

/** A step was done: say so for a moment, then the next. */
function tick() {
  resting = true;
  course.querySelector(".course-done").hidden = false;
  steps[step].classList.add("course-ticked");
  setTimeout(() => { go(step + 1); resting = false; }, 1800);
}

function go(to) {
  step = Math.max(0, Math.min(to, steps.length - 1));
  sessionStorage.setItem(remembered, step);
  steps.forEach((one, index) => { one.hidden = index !== step; one.classList.remove("course-ticked"); });
  course.querySelector(".course-done").hidden = true;
}

const tool = () => document.querySelector("input[name=tool]:checked");

/** Beds that cannot do what is chosen look so. */
function fit() {
  const wanted = tool().dataset.fits;
  for (const bed of document.querySelectorAll(".tbed")) {
    const can = !wanted || JSON.parse(bed.dataset.fits).includes(wanted);
    if (bed.disabled === can) bed.disabled = !can;
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { bed, line, ask: asked, scenario, courseGo } = button.dataset;
  if (bed) ask({ ...JSON.parse(tool().value), bed, line });
  else if (asked) ask(JSON.parse(asked));
  else if (scenario) ask({ verb: "scenario", name: scenario, speed: Number(document.getElementById("speed").value) });
  else if (courseGo) go(courseGo === "0" ? 0 : step + Number(courseGo));
});
document.addEventListener("change", (event) => {
  if (event.target.name === "tool") fit();
  if (event.target.dataset.phone) ask(JSON.parse(event.target.value));
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(0); });

go(step);
fit();
look(AGAIN);
