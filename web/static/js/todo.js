/* What is to be done at a station besides calls: rounds, reminders, requests; and asking for them. */
import { post, say, toast } from "./page.js";

const dialog = document.getElementById("ask");
const field = (name) => document.getElementById(`ask-${name}`);

/** POST; true once the server has done it, else it has been said why not. */
async function act(button, path, form) {
  if (button.getAttribute("aria-busy") === "true") return false;
  button.setAttribute("aria-busy", "true");
  try {
    const answer = await post(`/station/${path}`, form && new URLSearchParams(form));
    if (answer.ok) return true;
    toast(await answer.text() || say("That did not work: no answer from the appliance. Try again."));
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  } finally {
    button.removeAttribute("aria-busy");
  }
  return false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (button) act(button, button.dataset.do);
});

/** Open it, for a bed or with the bed to be chosen. Not modal: a call that comes meanwhile can be taken. */
export function open(bed) {
  if (!dialog) return;
  if (bed) field("bed").value = bed;
  if (!dialog.open) dialog.show();
  (bed ? dialog.querySelector("[data-ask]") : field("bed")).focus();
}

if (dialog) {
  document.getElementById("ask-open").addEventListener("click", () => open());
  document.querySelector('[data-region="beds"]').addEventListener("click", (event) => {
    const bed = event.target.closest("[data-bed]");
    if (bed) open(bed.dataset.bed);
  });
  dialog.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-ask]");
    if (!button) return;
    const { ask: path, service, kind, callKind } = button.dataset, bed = field("bed").value;
    const form = callKind ? { bed, kind: callKind }
      : service ? { bed, service, note: field("note").value }
      : { bed, kind, after: field("after").value, every: field("every").value, text: field("text").value };
    if (await act(button, path, form)) {
      for (const name of ["note", "text", "every"]) if (field(name)) field(name).value = "";
      dialog.close();
    }
  });
  dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") dialog.close(); });
  dialog.addEventListener("submit", () => dialog.close());
}
