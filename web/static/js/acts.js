/* Buttons and small forms that act at once and stay on the page: data-post says where, data-confirm asks before. */
import { post, say, toast } from "./page.js";

async function act(from, fields) {
  if (from.getAttribute("aria-busy") === "true") return false;
  if (from.dataset.confirm && !confirm(from.dataset.confirm)) return false;
  from.setAttribute("aria-busy", "true");
  try {
    const answer = await post(from.dataset.post, new URLSearchParams(fields)), words = await answer.text();
    if (answer.ok) { if (words) toast(words); return true; }
    toast(words || say("That did not work: no answer from the appliance. Try again."));
  } catch {
    toast(say("That did not work: no answer from the appliance. Try again."));
  } finally {
    from.removeAttribute("aria-busy");
  }
  return false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-post]");
  if (button) act(button, { ...(button.dataset.member ? { member: button.dataset.member } : {}) });
});

document.querySelector("[data-print]")?.addEventListener("click", () => print());

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-post]");
  if (!form) return;
  event.preventDefault();
  if (await act(form, new FormData(form))) form.reset();
});
