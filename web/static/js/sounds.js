/* A sound to upload: what the browser can read is made small before it is sent. */
import { keep } from "./menu_sound.js";
import { say } from "./page.js";

const form = document.querySelector("[data-upload]"), words = JSON.parse(form.dataset.upload);

form.addEventListener("submit", async (event) => {
  const [file] = form.elements.file.files, fault = document.getElementById("upload-fault"), button = form.querySelector("button");
  if (!file) return;
  event.preventDefault();
  button.disabled = true;
  const kind = file.name.includes(".") ? file.name.slice(file.name.lastIndexOf(".")) : "";
  const named = form.elements.name.value.trim() ? new File([file], form.elements.name.value.trim() + kind) : file;
  try {
    const kept = await keep(named);
    if (kept.file) { location.assign(`/exchange/sounds?new=${encodeURIComponent(kept.file)}`); return; }
    fault.textContent = words[kept.fault] || kept.fault;
  } catch {
    fault.textContent = say("That did not work: no answer from the appliance. Try again.");
  }
  button.disabled = false;
});
