/* The sound test of the shift: a tone, and somebody who says whether it was heard. */
import { post, say, toast } from "./page.js";

const PATIENCE = 60000;
const dialog = document.getElementById("soundcheck");

/** run() plays the tone and asks; answer("yes" | "no" | "again") is what a key or a touch says to it. */
export function soundcheck(sound, screen, path) {
  let flowed = false, playing = false, forgotten = 0;

  async function run() {
    if (!dialog || playing) return;
    playing = true;
    await sound.enable();
    if (sound.context?.state === "running") {
      flowed = await sound.test();
      // Not modal: a call that comes meanwhile can be taken. Nobody answers? Then nothing was tested.
      if (!dialog.open) dialog.show();
      clearTimeout(forgotten);
      forgotten = setTimeout(() => dialog.close(), PATIENCE);
    } else toast(say("This browser cannot play sound. Calls are shown but not spoken."));
    playing = false;
  }

  async function answer(what) {
    if (what === "again") return run();
    clearTimeout(forgotten);
    dialog.close();
    try {
      const answered = await post(path, { screen, heard: what === "yes", flowed });
      if (answered.ok) toast(say(what === "yes" && flowed ? "Thank you. The sound test is on record." : "The station counts as silent until its test tone is heard."));
      else toast(await answered.text() || say("That did not work: no answer from the appliance. Try again."));
    } catch {
      toast(say("That did not work: no answer from the appliance. Try again."));
    }
  }

  dialog?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-heard]");
    if (button) answer(button.dataset.heard);
  });
  return { run, answer, asking: () => Boolean(dialog?.open) };
}
